/** Work done by this browser, in a worker. */

import type { Backend, Capabilities, Format, Model, Result } from "../backend";
import { loadShelf, type Shelf } from "./models";
import { TYPES } from "./files";
import type { Answer, Order } from "./worker";

const FORMATS: Format[] = [
  { name: "png", label: "PNG", suffixes: ["png"], alpha: true, bits: 16, quality: false },
  { name: "jpg", label: "JPEG", suffixes: ["jpg", "jpeg"], alpha: false, bits: 8, quality: true },
  { name: "webp", label: "WebP", suffixes: ["webp"], alpha: true, bits: 8, quality: true },
];

const base = document.baseURI;
let shelf: Promise<Shelf> | null = null;
let worker: Worker | null = null; // kept, with its networks, until work is cancelled

export const backend: Backend = {
  where: "Pictures stay in this browser: nothing is uploaded.",
  atOnce: 1,

  async capabilities(): Promise<Capabilities> {
    const { version } = await theShelf();
    const isWritten = await Promise.all(FORMATS.map(writes));
    return {
      version,
      formats: FORMATS.filter((_, number) => isWritten[number]),
      reads: ["png", "apng", "jpg", "jpeg", "jpe", "jfif", "webp", "avif", "gif", "bmp"],
      remark: "TIFF, HEIC and JPEG XL, and more than 8 bits of others than PNG, need the program itself; metadata is left out.",
      settings: ["quality", "alpha", "background"],
      alphaModes: ["network", "bicubic", "drop"],
    };
  },

  async models(): Promise<Model[]> {
    return (await theShelf()).models;
  },

  async run(file, options, report, signal): Promise<Result> {
    const { models } = await theShelf();
    report({ state: "running", part: 0 });
    const current = (worker ??= new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }));
    const result = await new Promise<Omit<Result, "before" | "after">>((resolve, reject) => {
      const stop = (error: Error): void => {
        current.terminate();
        worker = null;
        reject(error);
      };
      signal.addEventListener("abort", () => { stop(new DOMException("stopped", "AbortError")); }, { once: true });
      current.onerror = (event) => { stop(new Error(`The browser has ended the work on this picture: ${event.message}`)); };
      current.onmessage = ({ data }: MessageEvent<Answer>) => {
        if ("part" in data) report({ state: "running", part: data.part });
        else if ("result" in data) resolve(data.result);
        else if (data.isSpent) stop(new Error(data.error));
        else reject(new Error(data.error));
      };
      current.postMessage({ file, options, models, base } satisfies Order);
    });
    return { ...result, before: file, after: result.blob };
  },
};

function theShelf(): Promise<Shelf> {
  shelf ??= loadShelf(base);
  return shelf;
}

/** Whether this browser writes a format; what it does not, it writes as PNG. */
async function writes({ name }: Format): Promise<boolean> {
  if (name === "png") return true;
  const type = TYPES[name] ?? "";
  const canvas = new OffscreenCanvas(1, 1);
  canvas.getContext("2d");
  return (await canvas.convertToBlob({ type })).type === type;
}
