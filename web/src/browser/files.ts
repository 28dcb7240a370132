/** Picture files: PNG by a decoder of our own choice, sample for sample; others as the browser decodes and encodes them. */

import { hasPngSignature } from "fast-png";
import { readJpegHead, type JpegHead } from "./jpeg";
import { withoutAlpha } from "./change";
import type { Pixels } from "./planes";
import { readPng, writePng, type Png } from "./png";

export interface Picture {
  pixels: Pixels;
  /** Suffix of the file's format, "" of one that is not written. */
  format: string;
  jpeg: JpegHead | null;
  png: Png | null;
  notes: string[];
}

export const TYPES: Partial<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", webp: "image/webp" };
const HEAD = 65536;

export async function readPicture(file: File): Promise<Picture> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.length === 0) throw new Error(`expected a picture, got ${file.name}, which is empty`);
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, HEAD));
  const notes = /Exif|eXIf|http:\/\/ns.adobe.com\/xap/.test(head) ? ["metadata (EXIF, XMP) is left out: this page does not write it"] : [];
  const png = hasPngSignature(bytes) ? readPng(bytes) : null;
  if (png !== null) return { pixels: png.pixels, format: "png", jpeg: null, png, notes };
  if (/ICC_PROFILE|ICCP|iCCP|prof/.test(head)) notes.push("colours are converted to sRGB, if they were others");
  const jpeg = readJpegHead(bytes);
  const pixels = await fromBrowser(file, jpeg?.components === 1);
  return { pixels, format: formatOf(file.name, jpeg), jpeg, png, notes };
}

function formatOf(name: string, jpeg: JpegHead | null): string {
  if (jpeg !== null) return "jpg";
  const suffix = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return suffix in TYPES ? suffix : "";
}

async function fromBrowser(file: File, isGrey: boolean): Promise<Pixels> {
  let image;
  try {
    image = await createImageBitmap(file);
  } catch (error) {
    throw new Error(`expected a whole picture of a format that this browser reads, got ${file.name}; srcnn upscale and srcnn web read more formats`, { cause: error });
  }
  const { height, width } = image;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser has no canvas for a picture of this size");
  context.drawImage(image, 0, 0);
  image.close();
  const { data } = context.getImageData(0, 0, width, height);
  const rgba: Pixels = { height, width, channels: 4, data: new Uint8Array(data.buffer) };
  if (!isOpaque(rgba)) return rgba;
  return isGrey ? firstChannel(rgba) : withoutAlpha(rgba);
}

function isOpaque({ data }: Pixels): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

function firstChannel({ height, width, data }: Pixels): Pixels {
  return { height, width, channels: 1, data: Uint8Array.from({ length: height * width }, (_, at) => data[4 * at]) };
}

/**
 * A file of a picture.
 *
 * @param source where its colours and depth come from.
 * @param background six hexadecimal digits, for opacity in a JPEG; null refuses it.
 */
export async function writePicture(pixels: Pixels, source: Picture, format: string, quality: number, background: string | null): Promise<{ blob: Blob; notes: string[] }> {
  if (format === "png") return { blob: writePng(pixels, source.png?.chunks ?? []), notes: [] };
  const type = TYPES[format];
  if (type === undefined) throw new Error(`expected a format that this page writes, got ${format}`);
  const notes: string[] = [];
  if (source.png?.hasProfile === true) notes.push("the colour profile is left out, and colours may look different: choose PNG to keep it");
  if (pixels.data instanceof Uint16Array) notes.push(`16 bits are rounded to 8, the most that ${format} holds`);
  const hasAlpha = pixels.channels === 2 || pixels.channels === 4;
  if (format === "jpg" && hasAlpha) {
    if (background === null) throw new Error("expected no transparency for JPEG, got some; choose PNG or WebP, or a background under More settings");
    notes.push("transparency is laid on a background: JPEG holds none");
  }
  const { height, width } = pixels;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error(`this browser has no canvas of ${width}x${height} pixels; choose PNG`);
  context.putImageData(new ImageData(inRgba(pixels), width, height), 0, 0);
  if (format === "jpg" && hasAlpha) {
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = `#${background ?? ""}`;
    context.fillRect(0, 0, width, height);
  }
  const blob = await canvas.convertToBlob({ type, quality: quality / 100 });
  if (blob.type !== type) throw new Error(`this browser does not write ${format}; choose PNG`);
  return { blob, notes };
}

function inRgba({ height, width, channels, data }: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(4 * height * width).fill(255);
  const colors = channels > 2 ? 3 : 1;
  const step = data instanceof Uint16Array ? 257 : 1;
  for (let from = 0, to = 0; from < data.length; from += channels, to += 4) {
    for (let color = 0; color < 3; color++) rgba[to + color] = Math.floor(data[from + Math.min(color, colors - 1)] / step + 0.5);
    if (channels > colors) rgba[to + 3] = Math.floor(data[from + colors] / step + 0.5);
  }
  return rgba;
}
