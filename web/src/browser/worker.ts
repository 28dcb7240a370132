/** The worker of the static page: one picture at a time, so that the page itself stays alive. */

import { MODES, type Options, type Result } from "../backend";
import { scaled, stepCount } from "../sizes";
import { enlarge, restore } from "./change";
import { readPicture, writePicture, type Picture } from "./files";
import { bestQuality, findModel, findRestorer, type Shipped } from "./models";
import type { Pixels } from "./planes";
import { loadNetwork, Unstarted } from "./session";

/** What the page asks for; `base` is its address. */
export interface Order {
  file: File;
  options: Options;
  models: Shipped[];
  base: string;
}

/** What the worker answers: progress, and once a result or an error; `isSpent` where only another worker can go on. */
export type Answer = { part: number } | { result: Omit<Result, "before" | "after"> } | { error: string; isSpent: boolean };

const RESTORER = "9-5-5";
const MOST_PIXELS = 100e6;

self.addEventListener("message", (event: MessageEvent<Order>) => {
  const answer = (message: Answer): void => { self.postMessage(message); };
  work(event.data, (part) => { answer({ part }); }).then(
    (result) => { answer({ result }); },
    (error: unknown) => { answer({ error: error instanceof Error ? error.message : String(error), isSpent: error instanceof Unstarted }); },
  );
});

async function work(order: Order, report: (part: number) => void): Promise<Omit<Result, "before" | "after">> {
  const begun = performance.now();
  const { file, options } = order;
  const picture = await readPicture(file);
  const task = new Task(order, picture, report);
  const pixels = options.task === "restore" ? await task.restored() : await task.enlarged();
  const notes = [...picture.notes, ...task.notes];
  const format = options.format ?? (picture.format || "png");
  // As the command: what is not changed stays the file that it is.
  const isSame = pixels === picture.pixels && format === picture.format;
  const written = isSame ? { blob: file, notes: [] } : await writePicture(pixels, picture, format, options.quality, options.background);
  return {
    blob: written.blob,
    width: pixels.width,
    height: pixels.height,
    seconds: (performance.now() - begun) / 1000,
    format,
    notes: [...notes, ...written.notes],
  };
}

class Task {
  readonly notes: string[] = [];

  constructor(
    private readonly order: Order,
    private readonly picture: Picture,
    private readonly report: (part: number) => void,
  ) {}

  async enlarged(): Promise<Pixels> {
    const { options } = this.order;
    const scale = this.scale();
    let { pixels } = this.picture;
    let begun = 0;
    if (options.restoreFirst) {
      begun = 1 / (1 + scale ** 2); // of the work, which goes by the pixels
      pixels = await this.undone((part) => { this.report(part * begun); });
    }
    const mode = MODES[options.model];
    const model = findModel(this.order.models, mode?.model ?? options.model, scale ** (1 / stepCount(scale)));
    const network = await loadNetwork(model, this.order.base);
    const ways = { isEnsemble: options.ensemble || mode?.ensemble === true, alpha: options.alpha };
    return enlarge(pixels, scale, network, ways, (part) => { this.report(begun + (1 - begun) * part); });
  }

  async restored(): Promise<Pixels> {
    const { pixels } = this.picture;
    const { options, models } = this.order;
    const quality = this.quality();
    const model = findRestorer(models, options.model, quality, pixels.channels > 2);
    if (model === null) {
      this.notes.push(`left as it is: ${this.tooGood(quality)}`);
      return pixels;
    }
    return restore(pixels, await loadNetwork(model, this.order.base), options.ensemble, this.report);
  }

  /** The picture without JPEG's damage, before it is enlarged; a note where it stays as it is. */
  private async undone(report: (part: number) => void): Promise<Pixels> {
    const { pixels } = this.picture;
    const quality = this.quality();
    if (quality === null) {
      this.notes.push("enlarged without being restored: it is no JPEG");
      return pixels;
    }
    const model = findRestorer(this.order.models, RESTORER, quality, pixels.channels > 2);
    if (model === null) {
      this.notes.push(`enlarged without being restored: ${this.tooGood(quality)}`);
      return pixels;
    }
    return restore(pixels, await loadNetwork(model, this.order.base), this.order.options.ensemble, report);
  }

  private scale(): number {
    const { options } = this.order;
    const { pixels } = this.picture;
    const scale = options.scale ?? (options.width ?? 0) / pixels.width;
    if (!(scale > 1)) {
      throw new Error(`expected a picture smaller than ${options.width ?? 0} pixels across to enlarge, got one of ${pixels.width}x${pixels.height} pixels`);
    }
    const size = scaled(pixels, scale);
    if (size.width * size.height > MOST_PIXELS) {
      throw new Error(`expected a result of at most ${MOST_PIXELS / 1e6} megapixels, got ${size.width}x${size.height}; srcnn upscale makes larger ones`);
    }
    return scale;
  }

  private quality(): number | null {
    return this.order.options.damageQuality ?? this.picture.jpeg?.quality ?? null;
  }

  private tooGood(quality: number | null): string {
    return `its quality of ${quality ?? ""} is above ${bestQuality(this.order.models, RESTORER)}, the best that is restored`;
  }
}
