/** Numbers that the package has made: tests/page_numbers.py writes them. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Shipped } from "../src/browser/models";
import { Planes, type Pixels, type Window } from "../src/browser/planes";

interface Packed {
  shape: number[];
  dtype: "uint8" | "uint16" | "float32";
  base64: string;
}

interface Digest {
  shape: number[];
  sha256: string;
}

interface Numbers {
  resize: { input: Packed; size: [number, number]; window: [number, number, number, number]; result: Packed }[];
  color: Record<"rgb" | "ycbcr" | "back" | "full" | "studio", Packed>;
  encoded: {
    pixels: Packed;
    color: "y" | "ycbcr" | "rgb";
    luma: "studio" | "full";
    planes: Digest;
    decoded: Digest;
    low?: Digest;
    high?: Digest;
  }[];
  upscaled: { pixels: Packed; scale: number; color: "y" | "rgb"; alpha: string; result: Digest }[];
  jpeg: { base64: string; quality: number; components: number }[];
  sizes: { height: number; width: number; scale: number; sizes: [number, number][] }[];
  models: { shelf: Shipped[]; upscale: [string, number, string][]; restore: [string, number, boolean, string | null][] };
}

export const numbers = JSON.parse(readFileSync(new URL("numbers.json", import.meta.url), "utf-8")) as Numbers;

export function unpack(packed: Packed): Pixels["data"] {
  const bytes = Uint8Array.from(Buffer.from(packed.base64, "base64"));
  if (packed.dtype === "uint8") return bytes;
  return packed.dtype === "uint16" ? new Uint16Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

export function sha256(data: Pixels["data"]): string {
  return createHash("sha256").update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest("hex");
}

/** Of (C, h, w). */
export function planesOf(packed: Packed): Planes {
  const [channels, height, width] = packed.shape;
  return new Planes(channels, height, width, unpack(packed) as Float32Array);
}

/** Of (h, w, C). */
export function pixelsOf(packed: Packed): Pixels {
  const [height, width, channels] = packed.shape;
  return { height, width, channels, data: unpack(packed) };
}

export function windowOf([top, bottom, left, right]: [number, number, number, number]): Window {
  return { top, bottom, left, right };
}
