/** PNG, sample for sample, with the chunks that say what the samples mean. */

import { convertIndexedToRgb, decode, encode } from "fast-png";
import type { Pixels } from "./planes";

/** Signature and header, which come first in every PNG. */
const HEAD = 8 + 25;
/** What says which colours the samples are, and how large a pixel is. */
const KEPT = ["iCCP", "cICP", "sRGB", "gAMA", "cHRM", "pHYs"];
const COMPRESSION = 6;

export interface Png {
  pixels: Pixels;
  /** Chunks to be kept, as bytes. */
  chunks: Uint8Array[];
  /** Whether its colours may be others than sRGB. */
  hasProfile: boolean;
}

/** A PNG of 8 or 16 bits; null of one that the browser reads as well: of fewer bits, or with one transparent colour. */
export function readPng(bytes: Uint8Array): Png | null {
  let png;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw new Error("expected a whole PNG, got one that is truncated or broken; copy it again", { cause: error });
  }
  const chunks = keptChunks(bytes);
  const hasProfile = chunks.some((chunk) => ["iCCP", "cICP"].includes(nameOf(chunk)));
  const { height, width } = png;
  if (png.palette !== undefined) {
    const pixels = { height, width, channels: png.palette[0].length, data: convertIndexedToRgb(png) as Uint8Array };
    return { pixels, chunks, hasProfile };
  }
  if (png.depth < 8 || png.transparency !== undefined) return null;
  const data = png.data instanceof Uint16Array ? png.data : new Uint8Array(png.data);
  return { pixels: { height, width, channels: png.channels, data }, chunks, hasProfile };
}

export function writePng(pixels: Pixels, chunks: Uint8Array[]): Blob {
  const { height, width, channels } = pixels;
  const data = pixels.data as Uint8Array | Uint16Array;
  const image = { height, width, channels, data, depth: data instanceof Uint16Array ? (16 as const) : (8 as const) };
  const content = encode(image, { zlib: { level: COMPRESSION } });
  const parts = [content.subarray(0, HEAD), ...chunks, content.subarray(HEAD)];
  return new Blob(parts as Uint8Array<ArrayBuffer>[], { type: "image/png" });
}

function keptChunks(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    const chunk = bytes.slice(at, end);
    if (nameOf(chunk) === "IDAT") break;
    if (KEPT.includes(nameOf(chunk))) chunks.push(chunk);
    at = end;
  }
  return chunks;
}

function nameOf(chunk: Uint8Array): string {
  return String.fromCharCode(...chunk.subarray(4, 8));
}
