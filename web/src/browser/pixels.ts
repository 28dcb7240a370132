/** Pixels to what is enlarged and back, as src/srcnn/pixels.py does it: colour, opacity, the range of luma. */

import type { Size } from "../sizes";
import { fullToStudio, rgbToYcbcr, studioToFull, ycbcrToRgb } from "./color";
import { Planes, white, widened, within, type Pixels, type Window } from "./planes";

const { fround } = Math;
/** Pixels to each side that `fillTransparent` looks at. */
const FILL_REACH = 16;
const FILL_RADII = [1, 1, 2, 4, 8];
/** Pixels to each side whose range limits an enlarged opacity. */
export const RANGE_REACH = 1;

/** What a network works on. */
export interface Card {
  color: "y" | "ycbcr" | "rgb";
  lumaRange: "studio" | "full";
  channels: number;
}

/** A picture as a network works on it, window by window: the network's channels first, then those that stay bicubic. */
export class EncodedPicture {
  readonly hasAlpha: boolean;
  private readonly isGrey: boolean;

  constructor(
    readonly pixels: Pixels,
    readonly card: Card,
  ) {
    this.hasAlpha = pixels.channels === 2 || pixels.channels === 4;
    this.isGrey = pixels.channels < 3;
  }

  /** Planes of a window, with colours under full transparency taken from around. */
  encoded(window: Window): Planes {
    if (!this.hasAlpha) return this.encode(window);
    const wide = widened(window, FILL_REACH, this.pixels);
    const planes = this.encode(wide);
    const colors = planes.channels - 1;
    fillTransparent(planes.part(0, colors), planes.part(colors, colors + 1).data);
    return planes.cut(within(window, wide));
  }

  /** Planes of a window as they are. */
  encode(window: Window): Planes {
    const { channels, width, data } = this.pixels;
    const colors = this.hasAlpha ? channels - 1 : channels;
    const isRepeated = this.isGrey && this.card.color !== "y";
    const made = isRepeated ? 3 : colors;
    const planes = new Planes(made + (this.hasAlpha ? 1 : 0), window.bottom - window.top, window.right - window.left);
    const area = planes.height * planes.width;
    const most = white(data);
    for (let channel = 0; channel < planes.channels; channel++) {
      const source = channel >= made ? colors : isRepeated ? 0 : channel;
      let out = channel * area;
      for (let row = window.top; row < window.bottom; row++) {
        const start = (row * width + window.left) * channels + source;
        for (let x = 0; x < planes.width; x++) planes.data[out++] = data[start + x * channels] / most;
      }
    }
    if (made === 3 && this.card.color !== "rgb") {
      rgbToYcbcr(planes);
      if (this.card.lumaRange === "full") studioToFull(planes.part(0, 1).data);
    }
    return planes;
  }

  /** Put planes into a window of pixels, rounded half up where these are integers; the planes are used up. */
  decode(planes: Planes, target: Pixels, window: Window): void {
    const opacity = this.hasAlpha ? planes.channels - 1 : planes.channels;
    if (opacity === 3 && this.card.color !== "rgb") {
      if (this.card.lumaRange === "full") fullToStudio(planes.part(0, 1).data);
      ycbcrToRgb(planes);
    }
    const area = planes.height * planes.width;
    const most = white(target.data);
    const isMean = this.isGrey && opacity === 3;
    const colors = target.channels === 2 || target.channels === 4 ? target.channels - 1 : target.channels;
    for (let channel = 0; channel < target.channels; channel++) {
      const source = (channel >= colors ? opacity : channel) * area;
      for (let row = 0; row < planes.height; row++) {
        let out = ((window.top + row) * target.width + window.left) * target.channels + channel;
        for (let at = row * planes.width; at < (row + 1) * planes.width; at++) {
          const level = isMean && channel < colors ? mean(planes.data, at, area) : planes.data[source + at];
          const held = Math.min(1, Math.max(0, level));
          target.data[out] = most === 1 ? held : fround(fround(held * most) + 0.5);
          out += target.channels;
        }
      }
    }
  }
}

function mean(data: Float32Array, at: number, area: number): number {
  return fround(fround(fround(data[at] + data[at + area]) + data[at + 2 * area]) / 3);
}

/**
 * Give fully transparent pixels the colours of their neighbours, in place, so that none of what an editor leaves there
 * bleeds into what can be seen: the mean of the known ones within a square, which grows in steps.
 */
function fillTransparent(planes: Planes, alpha: Float32Array): void {
  const { height, width } = planes;
  const area = height * width;
  const weight = Float32Array.from(alpha, (opacity) => (opacity > 0 ? 1 : 0));
  if (!weight.includes(0) || !weight.includes(1)) return;
  const filled = planes.data.slice();
  for (let at = 0; at < filled.length; at++) if (weight[at % area] === 0) filled[at] = 0;
  for (const radius of FILL_RADII) {
    const count = boxSum(weight, height, width, radius);
    const fresh: number[] = [];
    for (let at = 0; at < area; at++) if (weight[at] === 0 && count[at] > 0) fresh.push(at);
    if (fresh.length === 0) continue;
    for (let channel = 0; channel < planes.channels; channel++) {
      const plane = filled.subarray(channel * area, (channel + 1) * area);
      const sums = boxSum(plane, height, width, radius);
      for (const at of fresh) plane[at] = sums[at] / count[at];
    }
    for (const at of fresh) weight[at] = 1;
  }
  for (let at = 0; at < filled.length; at++) if (weight[at % area] > 0) planes.data[at] = filled[at];
}

/** Sums over squares of 2 `radius` + 1, a power of two, with nothing beyond the edges. */
function boxSum(plane: Float32Array, height: number, width: number, radius: number): Float32Array {
  const result = plane.slice();
  for (let x = 0; x < width; x++) lineSum(result, x, width, height, radius);
  for (let y = 0; y < height; y++) lineSum(result, y * width, 1, width, radius);
  return result;
}

/** The same for one line, in place: runs of doubled length, then one more sample. */
function lineSum(data: Float32Array, start: number, step: number, length: number, radius: number): void {
  const padded = new Float32Array(length + 2 * radius);
  for (let at = 0; at < length; at++) padded[at + radius] = data[start + at * step];
  const runs = padded.slice();
  for (let run = 1; run < 2 * radius; run *= 2) {
    for (let at = 0; at + run < runs.length; at++) runs[at] += runs[at + run];
  }
  for (let at = 0; at < length; at++) data[start + at * step] = runs[at] + padded[at + 2 * radius];
}

/** Hold enlarged opacity to the range of the pixels around where each comes from; tells where that range is a point. */
export function nearbyRange(alpha: Planes, source: Window, size: Size, window: Window, newSize: Size): { low: Float32Array; high: Float32Array } {
  const rows = nearest(window.top, window.bottom, size.height, newSize.height);
  const columns = nearest(window.left, window.right, size.width, newSize.width);
  const [low, high] = [new Float32Array(rows.length * columns.length), new Float32Array(rows.length * columns.length)];
  let out = 0;
  for (const row of rows) {
    for (const column of columns) {
      let [least, most] = [Infinity, -Infinity];
      for (let y = row - RANGE_REACH; y <= row + RANGE_REACH; y++) {
        for (let x = column - RANGE_REACH; x <= column + RANGE_REACH; x++) {
          const place = (held(y, size.height) - source.top) * alpha.width + held(x, size.width) - source.left;
          least = Math.min(least, alpha.data[place]);
          most = Math.max(most, alpha.data[place]);
        }
      }
      low[out] = least;
      high[out++] = most;
    }
  }
  return { low, high };
}

function nearest(from: number, to: number, old: number, fresh: number): number[] {
  return Array.from({ length: to - from }, (_, at) => Math.floor(((2 * (from + at) + 1) * old) / (2 * fresh)));
}

function held(at: number, length: number): number {
  return Math.min(length - 1, Math.max(0, at));
}
