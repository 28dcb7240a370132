/** The page as a whole: pictures in, settings, work a few at a time, what is shown. */

import type { Backend, Capabilities, Model, Options } from "../backend";
import { announce, find, make } from "./dom";
import { listenForFiles } from "./drop";
import { Picture } from "./picture";
import { Settings } from "./settings";
import { Stage } from "./stage";
import { count, inBytes, inPixels, inSeconds, message, news } from "./words";

const EXAMPLE = "example.png";

export class App {
  private readonly pictures: Picture[] = [];
  private readonly stage = new Stage();
  private readonly go = find("#go", HTMLButtonElement);
  private readonly downloadAll = find("#download-all", HTMLButtonElement);
  private selected: Picture | null = null;
  private settings: Settings | null = null;

  constructor(private readonly backend: Backend) {}

  /** Ask what can be done, and let the user begin. */
  async start(): Promise<void> {
    find("#where", HTMLElement).textContent = this.backend.where;
    listenForFiles((files) => { this.add(files); });
    find("#example", HTMLButtonElement).addEventListener("click", () => void this.addExample());
    find("#remove-all", HTMLButtonElement).addEventListener("click", () => { this.removeAll(); });
    this.downloadAll.addEventListener("click", () => void this.saveAll());
    try {
      const [capabilities, models] = await Promise.all([this.backend.capabilities(), this.backend.models()]);
      this.prepare(capabilities, models);
    } catch (error) {
      find("#reads", HTMLElement).textContent = message(error);
    }
  }

  private prepare(capabilities: Capabilities, models: Model[]): void {
    this.settings = new Settings(capabilities, models, () => { this.update(); });
    find("#files", HTMLInputElement).accept = capabilities.reads.map((suffix) => `.${suffix}`).join(",");
    find("#reads", HTMLElement).textContent = described(capabilities);
    find("#version", HTMLElement).textContent = `srcnn ${capabilities.version}`;
    this.settings.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.begin();
    });
    this.update();
  }

  private add(files: File[]): void {
    const added = files.map(
      (file) =>
        new Picture(file, {
          changed: (picture) => { this.changed(picture); },
          chosen: (picture) => { this.choose(picture, true); },
          removed: (picture) => { this.remove(picture); },
          ended: (words) => { this.tell(words); },
        }),
    );
    this.pictures.push(...added);
    find("#pictures", HTMLElement).append(...added.map((picture) => picture.element));
    const first = added.at(0);
    if (first !== undefined) {
      announce(`${count(added.length, "picture", "pictures")} added.`);
      this.choose(first, false);
    }
    this.update();
  }

  private async addExample(): Promise<void> {
    const response = await fetch(`./${EXAMPLE}`);
    this.add([new File([await response.blob()], EXAMPLE, { type: "image/png" })]);
    this.go.focus();
  }

  private remove(picture: Picture): void {
    const place = this.pictures.indexOf(picture);
    this.pictures.splice(place, 1);
    picture.close();
    const next = this.pictures.at(Math.min(place, this.pictures.length - 1)) ?? null;
    if (this.selected === picture) this.choose(next, false);
    announce(`${picture.file.name} is removed.`);
    this.update();
    // The button that had the focus is gone.
    if (next === null) find("#files", HTMLInputElement).focus();
    else find(".pick", HTMLButtonElement, next.element).focus();
  }

  private removeAll(): void {
    for (const picture of this.pictures.splice(0)) picture.close();
    this.choose(null, false);
    this.update();
    find("#files", HTMLInputElement).focus();
  }

  /** Begin with all pictures that have no result under these settings. */
  private begin(): void {
    const options = this.settings?.options() ?? null;
    if (options === null) {
      this.settings?.complain();
      return;
    }
    for (const picture of this.waitingFor(options)) picture.queue(options);
    this.work();
    this.update();
  }

  /** Give pictures their turn, a few at a time. */
  private work(): void {
    const free = this.backend.atOnce - this.pictures.filter((picture) => picture.state === "busy").length;
    const next = this.pictures.filter((picture) => picture.state === "queued").slice(0, Math.max(0, free));
    for (const picture of next) void picture.run(this.backend).then(() => { this.work(); });
  }

  /** Pictures that could be worked on: all but those under way, and those done with the same settings. */
  private waitingFor(options: Options): Picture[] {
    return this.pictures.filter((picture) => !picture.isUnderWay && (picture.state !== "done" || !picture.isDoneWith(options)));
  }

  private changed(picture: Picture): void {
    if (picture === this.selected) this.present();
    else if (picture.state === "done" && this.selected?.result === null && this.selected.state !== "busy") this.choose(picture, false);
    this.update();
  }

  /** Say how a picture ended, and how far all are. */
  private tell(words: string): void {
    const states = this.pictures.filter((picture) => picture.isAsked).map((picture) => picture.state);
    announce(news(words, states));
  }

  private choose(picture: Picture | null, isAsked: boolean): void {
    this.selected = picture;
    for (const other of this.pictures) other.select(other === picture);
    this.present();
    if (isAsked) find("#viewer", HTMLElement).scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  /** Show the chosen picture, and the figures that matter. */
  private present(): void {
    const picture = this.selected;
    if (picture === null) return;
    const { result } = picture;
    find("#viewer-name", HTMLElement).textContent = picture.file.name;
    this.stage.show({
      name: picture.file.name,
      before: picture.before,
      after: result === null ? null : picture.after,
      size: result ?? (picture.width > 0 ? picture : { width: 1, height: 1 }),
      nothing: "A browser does not show this format; the result will be shown.",
    });
    const figures = find("#figures", HTMLElement);
    const before = picture.width > 0 ? `${inPixels(picture.width, picture.height)} pixels, ` : "";
    figures.replaceChildren(...figure("Before", before + inBytes(picture.file.size)));
    if (result !== null) {
      figures.append(...figure("After", `${inPixels(result.width, result.height)} pixels, ${inBytes(result.blob.size)}`));
      figures.append(...figure("Time", inSeconds(result.seconds)));
    }
    find("#notes", HTMLElement).replaceChildren(...(result?.notes ?? []).map((note) => make("li", note)));
  }

  /** Bring the button and the layout up to date. */
  private update(): void {
    find("#main", HTMLElement).classList.toggle("empty", this.pictures.length === 0);
    const options = this.settings?.options() ?? null;
    for (const picture of this.pictures) if (!picture.isUnderWay) picture.plan(options);
    const waiting = options === null ? this.pictures : this.waitingFor(options);
    const verb = this.settings?.task() === "restore" ? "Restore" : "Enlarge";
    const again = waiting.length > 0 && waiting.every((picture) => picture.result !== null) ? " again" : "";
    const all = waiting.length === 1 ? "picture" : count(waiting.length, "picture", "pictures");
    this.go.textContent = waiting.length === 0 ? verb : `${verb} ${all}${again}`;
    if (waiting.length > 0 && waiting.every((picture) => picture.state === "failed")) this.go.textContent = "Try again";
    this.go.disabled = waiting.length === 0;
    this.downloadAll.hidden = this.pictures.filter((picture) => picture.result !== null).length < 2;
  }

  /** All results in one archive, as browsers refuse many downloads at once. */
  private async saveAll(): Promise<void> {
    const { downloadZip } = await import("client-zip");
    const names = new Set<string>();
    const files = this.pictures.flatMap((picture) => {
      if (picture.result === null) return [];
      let name = picture.downloadName;
      for (let number = 2; names.has(name); number++) name = picture.downloadName.replace(/(\.[^.]*)$/, ` (${number})$1`);
      names.add(name);
      return [{ name, input: picture.result.blob }];
    });
    const address = URL.createObjectURL(await downloadZip(files).blob());
    const link = make("a");
    link.href = address;
    link.download = "pictures.zip";
    link.click();
    setTimeout(() => { URL.revokeObjectURL(address); }, 60_000);
  }
}

function described(capabilities: Capabilities): string {
  const known = ["PNG", "JPEG", "TIFF", "WebP", "AVIF", "GIF", "BMP", "HEIC", "JXL"].filter((name) =>
    capabilities.reads.includes(name === "JPEG" ? "jpg" : name.toLowerCase()),
  );
  return `${known.join(", ")}. ${capabilities.remark}`;
}

function figure(term: string, words: string): HTMLElement[] {
  const group = make("div");
  group.append(make("dt", term), make("dd", words));
  return [group];
}
