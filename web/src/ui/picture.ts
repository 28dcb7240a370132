/** One picture of the list: its file, how far it is, its result. */

import type { Backend, Options, Progress, Result } from "../backend";
import { scaled } from "../sizes";
import { announce, find, make } from "./dom";
import { inBytes, inPixels, inSeconds, message } from "./words";

export type State = "ready" | "queued" | "busy" | "done" | "failed";

interface Listener {
  /** Something about the picture is new. */
  changed(picture: Picture): void;
  chosen(picture: Picture): void;
  removed(picture: Picture): void;
  /** It is done, or has failed, in words without an end. */
  ended(words: string): void;
}

export class Picture {
  readonly element: HTMLLIElement;
  state: State = "ready";
  result: Result | null = null;
  /** Addresses of what a browser can show; null where it is not known yet. */
  before: string | null = null;
  after: string | null = null;
  width = 0;
  height = 0;
  private stop = new AbortController();
  private options: Options | null = null;
  private download: string | null = null;
  private label = "";
  private planned: Options | null = null;
  private news = "";
  private isClosed = false;

  constructor(
    readonly file: File,
    private readonly listener: Listener,
  ) {
    const template = find("#picture", HTMLTemplateElement);
    const copy = document.importNode(template.content, true);
    this.element = find("li", HTMLLIElement, copy);
    this.part(".name").textContent = file.name;
    this.part(".pick").addEventListener("click", () => {
      listener.chosen(this);
    });
    this.part(".cancel").addEventListener("click", () => {
      this.cancel();
      find(".pick", HTMLButtonElement, this.element).focus();
    });
    const remove = this.part(".remove");
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    remove.addEventListener("click", () => {
      listener.removed(this);
    });
    this.part(".cancel").setAttribute("aria-label", `Cancel ${file.name}`);
    find("progress", HTMLProgressElement, this.element).setAttribute("aria-label", `Progress of ${file.name}`);
    this.describe("");
    void this.look(file);
  }

  /** What the result is called: after the picture and what was done with it. */
  get downloadName(): string {
    const stem = this.file.name.replace(/\.[^.]*$/, "") || "picture";
    return `${stem}_${this.label}.${this.result?.format ?? "png"}`;
  }

  get isUnderWay(): boolean {
    return this.state === "queued" || this.state === "busy";
  }

  /** Whether work on it was begun or is going to be, and was not cancelled. */
  get isAsked(): boolean {
    return this.options !== null;
  }

  isDoneWith(options: Options): boolean {
    return JSON.stringify(options) === JSON.stringify(this.options);
  }

  /** Show how large the picture would become under these settings. */
  plan(options: Options | null): void {
    this.planned = options;
    this.describe(this.news);
  }

  /** Wait for a turn. */
  queue(options: Options): void {
    this.stop = new AbortController();
    this.options = options;
    this.state = "queued";
    this.fail("");
    this.describe("waits for its turn");
  }

  /** Have the work done; ends with the state done, failed, or ready where it was cancelled. */
  async run(backend: Backend): Promise<void> {
    const { signal } = this.stop;
    const { options } = this;
    if (options === null) return;
    this.state = "busy";
    this.listener.changed(this);
    try {
      const result = await backend.run(this.file, options, (progress) => { this.report(progress); }, signal);
      if (signal.aborted) return;
      this.keep(result, options);
    } catch (error) {
      if (signal.aborted) return;
      this.state = "failed";
      this.describe("");
      this.fail(message(error));
      this.listener.ended(`${this.file.name}: ${message(error)}`);
    }
    this.listener.changed(this);
  }

  cancel(): void {
    if (!this.isUnderWay) return;
    this.stop.abort();
    this.state = this.result === null ? "ready" : "done";
    this.options = null;
    this.describe(this.result === null ? "cancelled" : "");
    announce(`${this.file.name} is cancelled.`);
    this.listener.changed(this);
  }

  /** Let go of all that is held for it. */
  close(): void {
    this.isClosed = true;
    this.cancel();
    for (const address of [this.before, this.after, this.download]) if (address !== null) URL.revokeObjectURL(address);
    this.element.remove();
  }

  select(isSelected: boolean): void {
    this.part(".pick").setAttribute("aria-pressed", `${isSelected}`);
  }

  private async look(file: File | Blob): Promise<void> {
    const image = find(".thumb img", HTMLImageElement, this.element);
    const address = URL.createObjectURL(file);
    image.src = address;
    const isShown = await image.decode().then(() => true, () => false); // not where only the program reads the format
    const isLast = image.src === address; // the result may bring another while this one is decoded
    if (!isShown || !isLast || this.isClosed) {
      URL.revokeObjectURL(address);
      if (isLast) image.removeAttribute("src");
      return;
    }
    image.hidden = false;
    this.before = address;
    this.width = image.naturalWidth;
    this.height = image.naturalHeight;
    this.describe("");
    this.listener.changed(this);
  }

  private keep(result: Result, options: Options): void {
    this.state = "done";
    this.result = result;
    this.label = options.task === "restore" ? "restored" : options.width === null ? `x${options.scale ?? ""}` : `${options.width}w`;
    if (this.before === null) void this.look(result.before);
    for (const address of [this.after, this.download]) if (address !== null) URL.revokeObjectURL(address);
    this.after = URL.createObjectURL(result.after);
    this.download = URL.createObjectURL(result.blob);
    const link = find(".download", HTMLAnchorElement, this.element);
    link.href = this.download;
    link.download = this.downloadName;
    link.setAttribute("aria-label", `Download ${this.downloadName}`);
    this.describe("");
    this.listener.ended(`${this.file.name} is done: ${inPixels(result.width, result.height)} pixels in ${inSeconds(result.seconds)}`);
  }

  private report(progress: Progress): void {
    if (this.state !== "busy") return;
    const percent = Math.floor(100 * progress.part);
    const words = { sending: "is sent", waiting: "waits for its turn", running: `${percent} %` };
    this.describe(words[progress.state]);
    find("progress", HTMLProgressElement, this.element).value = progress.part;
  }

  private fail(message: string): void {
    const error = this.part(".error");
    error.textContent = message;
    error.hidden = message === "";
  }

  /** Bring the element up to date, with what there is to say of the work. */
  private describe(news: string): void {
    this.news = news;
    const { result } = this;
    const size = this.width > 0 ? inPixels(this.width, this.height) : "";
    const scale = this.planned?.scale ?? (this.planned?.width ?? 0) / this.width;
    const target = scale > 1 && this.width > 0 ? scaled(this, scale) : null;
    const isDone = result !== null && this.state === "done";
    const lines = isDone
      ? [`${size} → ${inPixels(result.width, result.height)}`, `${inBytes(result.blob.size)} · ${inSeconds(result.seconds)}`]
      : [target === null ? size : `${size} → ${inPixels(target.width, target.height)}`, [inBytes(this.file.size), news].filter(Boolean).join(" · ")];
    this.part(".facts").replaceChildren(...lines.filter(Boolean).map((line) => make("span", line)));
    const progress = find("progress", HTMLProgressElement, this.element);
    progress.hidden = !this.isUnderWay;
    if (this.state !== "busy") progress.value = 0;
    this.part(".cancel").hidden = !this.isUnderWay;
    this.part(".remove").hidden = this.isUnderWay;
    this.part(".download").hidden = this.state !== "done" || result === null;
    this.element.dataset.state = this.state;
  }

  private part(selector: string): HTMLElement {
    return find(selector, HTMLElement, this.element);
  }
}
