/** Before and after on one another, with a divider; zoomed and moved by pointer, wheel, fingers and keys. */

import type { Size } from "../sizes";
import { find } from "./dom";
import { View } from "./view";

export interface Shown {
  name: string;
  before: string | null;
  after: string | null;
  /** Of the result, or of the picture where there is none yet. */
  size: Size;
  /** What is said where nothing can be shown. */
  nothing: string;
}

const KEY_STEP = 60;
const KEY_ZOOM = 1.25;
const WHEEL_ZOOM = 0.0015;
const REACH = 24; // pixels to each side of the divider that take hold of it

export class Stage {
  private readonly stage = find("#stage", HTMLElement);
  private readonly slider = find("#divider", HTMLInputElement);
  private readonly before = find("#before", HTMLImageElement);
  private readonly after = find("#after", HTMLImageElement);
  private readonly view = new View();
  private readonly pointers = new Map<number, { x: number; y: number }>();
  private isDivided = false;
  private holdsDivider = false;
  private shown: Shown | null = null;

  constructor() {
    this.slider.addEventListener("input", () => { this.divide(); });
    this.stage.addEventListener("pointerdown", (event) => { this.press(event); });
    this.stage.addEventListener("pointermove", (event) => { this.drag(event); });
    for (const name of ["pointerup", "pointercancel"] as const) {
      this.stage.addEventListener(name, (event) => { this.pointers.delete(event.pointerId); });
    }
    this.stage.addEventListener("wheel", (event) => { this.wheel(event); }, { passive: false });
    find("#viewer", HTMLElement).addEventListener("keydown", (event) => { this.key(event); });
    this.button("#zoom-out", () => { this.zoomBy(1 / KEY_ZOOM); });
    this.button("#zoom-in", () => { this.zoomBy(KEY_ZOOM); });
    this.button("#zoom-fit", () => { this.fit(); });
    this.button("#zoom-one", () => { this.oneToOne(); });
    new ResizeObserver(() => { this.lay(); }).observe(this.stage);
  }

  show(shown: Shown): void {
    this.shown = shown;
    this.isDivided = shown.before !== null && shown.after !== null;
    put(this.before, shown.before, `${shown.name}, before`);
    put(this.after, shown.after, `${shown.name}, after`);
    this.stage.classList.toggle("divided", this.isDivided);
    this.stage.classList.toggle("blank", shown.before === null && shown.after === null);
    this.slider.disabled = !this.isDivided;
    this.stage.style.setProperty("--ratio", `${shown.size.width / shown.size.height}`);
    find("#nothing", HTMLElement).textContent = shown.nothing;
    find(".tag.first", HTMLElement).hidden = shown.before === null;
    find(".tag.second", HTMLElement).hidden = shown.after === null;
    this.lay();
    this.divide();
  }

  private lay(): void {
    if (this.shown === null) return;
    this.view.lay(this.shown.size, { width: this.stage.clientWidth, height: this.stage.clientHeight });
    this.draw();
  }

  private draw(): void {
    const { size } = this.shown ?? { size: { width: 1, height: 1 } };
    // On whole pixels of the screen: between them, a picture shown one to one would be blurred.
    const [x, y] = [this.view.x, this.view.y].map((start) => Math.round(start * devicePixelRatio) / devicePixelRatio);
    for (const image of [this.before, this.after]) {
      image.style.width = `${size.width * this.view.zoom}px`;
      image.style.height = `${size.height * this.view.zoom}px`;
      image.style.transform = `translate(${x}px, ${y}px)`;
    }
    this.stage.classList.toggle("sharp", this.view.isSharp);
    this.stage.classList.toggle("larger", this.view.isLarger);
    find("#zoom-percent", HTMLOutputElement).textContent = `${Math.round(100 * this.view.zoom * devicePixelRatio)} %`;
  }

  private divide(): void {
    const at = Number(this.slider.value);
    this.stage.style.setProperty("--at", `${at}%`);
    this.slider.setAttribute("aria-valuetext", `before on the left ${Math.round(at)} percent, after on the rest`);
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0 || this.shown === null) return;
    const at = this.place(event);
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, at);
    const divider = (Number(this.slider.value) / 100) * this.stage.clientWidth;
    // Where there is nothing to move the whole stage is the divider's, as in the pages of srcnn compare.
    this.holdsDivider = this.isDivided && this.pointers.size === 1 && (!this.view.isLarger || Math.abs(at.x - divider) <= REACH);
    if (this.holdsDivider) this.divideAt(at.x);
  }

  private drag(event: PointerEvent): void {
    const last = this.pointers.get(event.pointerId);
    if (last === undefined) return;
    const at = this.place(event);
    if (this.pointers.size === 2) this.pinch(event.pointerId, last, at);
    else if (this.holdsDivider) this.divideAt(at.x);
    else this.view.move(at.x - last.x, at.y - last.y);
    this.pointers.set(event.pointerId, at);
    this.draw();
  }

  /** Two fingers: the distance zooms, their middle moves. */
  private pinch(moved: number, last: { x: number; y: number }, at: { x: number; y: number }): void {
    this.holdsDivider = false;
    const [, other] = [...this.pointers].find(([id]) => id !== moved) ?? [moved, at];
    const before = Math.hypot(last.x - other.x, last.y - other.y);
    const now = Math.hypot(at.x - other.x, at.y - other.y);
    this.view.move((at.x - last.x) / 2, (at.y - last.y) / 2);
    if (before > 0) this.view.zoomTo((this.view.zoom * now) / before, { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
  }

  private divideAt(x: number): void {
    this.slider.value = `${(100 * x) / this.stage.clientWidth}`;
    this.divide();
  }

  private wheel(event: WheelEvent): void {
    if (this.shown === null) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.view.zoomTo(this.view.zoom * Math.exp(-event.deltaY * lines * WHEEL_ZOOM), this.place(event));
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const zooms: Partial<Record<string, () => void>> = {
      "+": () => { this.zoomBy(KEY_ZOOM); },
      "=": () => { this.zoomBy(KEY_ZOOM); },
      "-": () => { this.zoomBy(1 / KEY_ZOOM); },
      "0": () => { this.fit(); },
      "1": () => { this.oneToOne(); },
    };
    const moves: Partial<Record<string, () => void>> = {
      ArrowLeft: () => { this.view.move(KEY_STEP, 0); },
      ArrowRight: () => { this.view.move(-KEY_STEP, 0); },
      ArrowUp: () => { this.view.move(0, KEY_STEP); },
      ArrowDown: () => { this.view.move(0, -KEY_STEP); },
    };
    const act = zooms[event.key] ?? (event.target === this.stage ? moves[event.key] : undefined);
    if (act === undefined) return;
    event.preventDefault();
    act();
    this.draw();
  }

  private zoomBy(factor: number): void {
    this.view.zoomTo(this.view.zoom * factor);
    this.draw();
  }

  private fit(): void {
    this.view.fit();
    this.draw();
  }

  private oneToOne(): void {
    this.view.zoomTo(1 / devicePixelRatio);
    this.draw();
  }

  private place(event: MouseEvent): { x: number; y: number } {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left - this.stage.clientLeft, y: event.clientY - box.top - this.stage.clientTop };
  }

  private button(selector: string, act: () => void): void {
    find(selector, HTMLButtonElement).addEventListener("click", act);
  }
}

function put(image: HTMLImageElement, address: string | null, alt: string): void {
  image.hidden = address === null;
  image.alt = alt;
  if (address === null) image.removeAttribute("src");
  else if (image.src !== address) image.src = address;
}
