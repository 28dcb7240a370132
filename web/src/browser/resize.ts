/**
 * Bicubic enlargement as src/srcnn/resize.py does it, MATLAB's imresize: Keys' cubic with a = -0.5, edges mirrored.
 *
 * Sums are taken in float32 and in the same order as there, so that the results are the same.
 */

import type { Size } from "../sizes";
import { Planes, type Window } from "./planes";

const WIDTH = 4;
const { abs, floor, fround } = Math;

/** How one axis is resampled: output i is the sum over k of weights[i, k] * input[index[i, k]]. */
interface Taps {
  count: number;
  index: Int32Array;
  weights: Float32Array;
}

function cubic(distance: number): number {
  const x = abs(distance);
  if (x <= 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  return x <= 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
}

/** Input indices and weights of every output sample along an axis that becomes longer, or stays. */
function axisTaps(size: number, outSize: number): Taps {
  const scale = outSize / size;
  const count = WIDTH + 2;
  const index = new Int32Array(outSize * count);
  const weights = new Float32Array(outSize * count);
  const row = new Float64Array(count);
  for (let i = 0; i < outSize; i++) {
    const centre = (i + 0.5) / scale - 0.5;
    const first = floor(centre - WIDTH / 2);
    let total = 0;
    for (let k = 0; k < count; k++) {
      row[k] = cubic(centre - (first + k));
      total += row[k];
    }
    for (let k = 0; k < count; k++) {
      const place = (((first + k) % (2 * size)) + 2 * size) % (2 * size);
      index[i * count + k] = place < size ? place : 2 * size - 1 - place;
      weights[i * count + k] = row[k] / total;
    }
  }
  return { count, index, weights };
}

/** Enlargement from one size to another, prepared once and used window by window. */
export class Resizer {
  private readonly rows: Taps;
  private readonly columns: Taps;
  private readonly isRowsFirst: boolean;

  constructor(from: Size, readonly to: Size) {
    this.rows = axisTaps(from.height, to.height);
    this.columns = axisTaps(from.width, to.width);
    // MATLAB resizes the dimension with the smaller scale first.
    this.isRowsFirst = to.height / from.height <= to.width / from.width;
  }

  /** Rows and columns of the input that a window of the output is made from. */
  source(window: Window): Window {
    const [top, bottom] = span(this.rows, window.top, window.bottom);
    const [left, right] = span(this.columns, window.left, window.right);
    return { top, bottom, left, right };
  }

  /** A window of the output, from the planes of its `source`. */
  run(planes: Planes, window: Window): Planes {
    const source = this.source(window);
    const rows = (input: Planes): Planes => alongRows(input, this.rows, window.top, window.bottom, source.top);
    const columns = (input: Planes): Planes => alongColumns(input, this.columns, window.left, window.right, source.left);
    return this.isRowsFirst ? columns(rows(planes)) : rows(columns(planes));
  }
}

function span(taps: Taps, from: number, to: number): [number, number] {
  let least = Infinity;
  let most = -1;
  for (let at = from * taps.count; at < to * taps.count; at++) {
    if (taps.weights[at] === 0) continue;
    least = Math.min(least, taps.index[at]);
    most = Math.max(most, taps.index[at]);
  }
  return [least, most + 1];
}

function alongRows(input: Planes, taps: Taps, from: number, to: number, start: number): Planes {
  const { channels, width } = input;
  const result = new Planes(channels, to - from, width);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = from; i < to; i++) {
      const out = (channel * result.height + i - from) * width;
      for (let k = i * taps.count; k < (i + 1) * taps.count; k++) {
        const weight = taps.weights[k];
        if (weight === 0) continue;
        const row = (channel * input.height + taps.index[k] - start) * width;
        for (let x = 0; x < width; x++) {
          result.data[out + x] = fround(result.data[out + x] + fround(weight * input.data[row + x]));
        }
      }
    }
  }
  return result;
}

function alongColumns(input: Planes, taps: Taps, from: number, to: number, start: number): Planes {
  const { count, index, weights } = taps;
  const lines = input.channels * input.height;
  const result = new Planes(input.channels, input.height, to - from);
  for (let line = 0; line < lines; line++) {
    const row = line * input.width - start;
    const out = line * result.width - from;
    for (let i = from; i < to; i++) {
      let total = 0;
      for (let k = i * count; k < (i + 1) * count; k++) {
        if (weights[k] !== 0) total = fround(total + fround(weights[k] * input.data[row + index[k]]));
      }
      result.data[out + i] = total;
    }
  }
  return result;
}
