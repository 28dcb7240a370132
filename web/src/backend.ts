/** What the page knows of whoever does the work: a service, or this browser. */

export interface Format {
  /** Suffix without its dot, such as "png". */
  name: string;
  label: string;
  suffixes: string[];
  alpha: boolean;
  /** Bits a sample at most. */
  bits: number;
  /** Whether it has a quality. */
  quality: boolean;
}

export interface Model {
  name: string;
  scale: number | null;
  task: "upscale" | "restore";
  degradation: string[];
  figures: Record<string, unknown>;
}

/** Settings that not everybody can keep. */
export type Setting = "quality" | "depth" | "alpha" | "background" | "backProjection" | "strip";

export interface Capabilities {
  version: string;
  formats: Format[];
  /** Suffixes of the files that can be read. */
  reads: string[];
  /** What is to be known beside them, as a sentence. */
  remark: string;
  settings: Setting[];
  alphaModes: string[];
}

/** How pictures are to be changed; null where it is left to the program. */
export interface Options {
  task: "upscale" | "restore";
  /** Output side over input side; null where a width is given. */
  scale: number | null;
  /** Of the result, in pixels. */
  width: number | null;
  /** A model, a family of models such as "9-5-5", or "fast", "balanced", "best". */
  model: string;
  ensemble: boolean;
  restoreFirst: boolean;
  damageQuality: number | null;
  backProjection: number;
  alpha: string;
  format: string | null;
  quality: number;
  depth: number | null;
  /** Six hexadecimal digits. */
  background: string | null;
  strip: boolean;
}

export interface Progress {
  state: "sending" | "waiting" | "running";
  /** 0 to 1. */
  part: number;
}

export interface Result {
  blob: Blob;
  width: number;
  height: number;
  /** Of work. */
  seconds: number;
  format: string;
  notes: string[];
  /** What a browser can show of the picture and of the result. */
  before: Blob;
  after: Blob;
}

export interface Backend {
  /** Where pictures are worked on, as a sentence. */
  where: string;
  /** Pictures that are worked on at once. */
  atOnce: number;
  capabilities(): Promise<Capabilities>;
  models(): Promise<Model[]>;
  /**
   * Change one picture.
   *
   * @throws Error whose message is for the user; an AbortError where the signal asked for it.
   */
  run(file: File, options: Options, report: (progress: Progress) => void, signal: AbortSignal): Promise<Result>;
}

export interface Mode {
  model: string;
  ensemble: boolean;
  label: string;
}

/** What a name of a quality stands for. */
export const MODES: Partial<Record<string, Mode>> = {
  fast: { model: "9-1-5", ensemble: false, label: "fast" },
  balanced: { model: "9-5-5", ensemble: false, label: "balanced" },
  best: { model: "best", ensemble: true, label: "best (slow)" },
};
