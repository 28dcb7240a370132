/** Pixels and planes, and windows of them. */

import type { Size } from "../sizes";

/** Rows and columns: from, and up to but not with. */
export interface Window {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** Interleaved samples; integers up to white, or floats with white at 1. */
export interface Pixels extends Size {
  /** 1 grey, 2 grey and opacity, 3 RGB, 4 RGB and opacity. */
  channels: number;
  data: Uint8Array | Uint16Array | Float32Array;
}

/** Planes one after the other, float32, white at 1. */
export class Planes implements Size {
  readonly data: Float32Array;

  constructor(
    readonly channels: number,
    readonly height: number,
    readonly width: number,
    data?: Float32Array,
  ) {
    this.data = data ?? new Float32Array(channels * height * width);
  }

  /** One plane or several, on the same memory. */
  part(from: number, to: number): Planes {
    const area = this.height * this.width;
    return new Planes(to - from, this.height, this.width, this.data.subarray(from * area, to * area));
  }

  /** A copy of a window. */
  cut(window: Window): Planes {
    const result = new Planes(this.channels, window.bottom - window.top, window.right - window.left);
    for (let line = 0; line < this.channels * result.height; line++) {
      const row = Math.floor(line / result.height) * this.height + window.top + (line % result.height);
      const start = row * this.width;
      result.data.set(this.data.subarray(start + window.left, start + window.right), line * result.width);
    }
    return result;
  }
}

export function whole(size: Size): Window {
  return { top: 0, bottom: size.height, left: 0, right: size.width };
}

/** A window with a margin, as far as the picture goes. */
export function widened(window: Window, margin: number, size: Size): Window {
  return {
    top: Math.max(0, window.top - margin),
    bottom: Math.min(size.height, window.bottom + margin),
    left: Math.max(0, window.left - margin),
    right: Math.min(size.width, window.right + margin),
  };
}

/** The same rows and columns, counted from the start of another window. */
export function within(window: Window, origin: Window): Window {
  return {
    top: window.top - origin.top,
    bottom: window.bottom - origin.top,
    left: window.left - origin.left,
    right: window.right - origin.left,
  };
}

/** Squares of a fixed grid that cover a picture, row by row. */
export function tiles(size: Size, side: number): Window[] {
  const result: Window[] = [];
  for (let top = 0; top < size.height; top += side) {
    for (let left = 0; left < size.width; left += side) {
      result.push({ top, bottom: Math.min(top + side, size.height), left, right: Math.min(left + side, size.width) });
    }
  }
  return result;
}

/** White of a picture's samples. */
export function white(data: Pixels["data"]): number {
  if (data instanceof Float32Array) return 1;
  return data instanceof Uint16Array ? 65535 : 255;
}
