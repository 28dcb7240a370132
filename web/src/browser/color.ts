/** RGB and studio-range YCbCr of ITU-R BT.601, as src/srcnn/color.py has them: float32, in the same order. */

import type { Planes } from "./planes";

const { fround } = Math;

// Rows Y, Cb, Cr over columns R, G, B, for RGB in [0, 1] and results in grey levels of 255.
const FROM_RGB = [
  [65.481, 128.553, 24.966],
  [-37.797, -74.203, 112.0],
  [112.0, -93.786, -18.214],
];
const OFFSET = [16, 128, 128];
const NOTHING = [0, 0, 0];
const TO_RGB = inverse(FROM_RGB);

/** In place, the first three planes. */
export function rgbToYcbcr(planes: Planes): void {
  affine(planes, FROM_RGB.map((row) => row.map((factor) => factor / 255)), OFFSET.map((level) => level / 255), NOTHING);
}

/** Inverse of `rgbToYcbcr`. */
export function ycbcrToRgb(planes: Planes): void {
  affine(planes, TO_RGB.map((row) => row.map((factor) => factor * 255)), NOTHING, OFFSET.map((level) => level / 255));
}

function affine(planes: Planes, matrix: number[][], add: number[], subtract: number[]): void {
  const area = planes.height * planes.width;
  const { data } = planes;
  const [[a, b, c], [d, e, f], [g, h, i]] = matrix.map((row) => row.map(fround));
  const [p, q, r] = add.map(fround);
  const [u, v, w] = subtract.map(fround);
  for (let at = 0; at < area; at++) {
    const x = fround(data[at] - u);
    const y = fround(data[at + area] - v);
    const z = fround(data[at + 2 * area] - w);
    data[at] = fround(fround(fround(fround(x * a) + fround(y * b)) + fround(z * c)) + p);
    data[at + area] = fround(fround(fround(fround(x * d) + fround(y * e)) + fround(z * f)) + q);
    data[at + 2 * area] = fround(fround(fround(fround(x * g) + fround(y * h)) + fround(z * i)) + r);
  }
}

/** Y of [16, 235] / 255 stretched to [0, 1], in place. */
export function studioToFull(y: Float32Array): void {
  const [black, factor] = [fround(16 / 255), fround(255 / 219)];
  for (let at = 0; at < y.length; at++) y[at] = fround(fround(y[at] - black) * factor);
}

/** Inverse of `studioToFull`. */
export function fullToStudio(y: Float32Array): void {
  const [black, factor] = [fround(16 / 255), fround(219 / 255)];
  for (let at = 0; at < y.length; at++) y[at] = fround(fround(y[at] * factor) + black);
}

/** Of a 3x3 matrix, by its cofactors. */
function inverse(m: number[][]): number[][] {
  const cofactor = (row: number, column: number): number => {
    const [r1, r2] = [(row + 1) % 3, (row + 2) % 3];
    const [c1, c2] = [(column + 1) % 3, (column + 2) % 3];
    return m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
  };
  const determinant = m[0][0] * cofactor(0, 0) + m[0][1] * cofactor(0, 1) + m[0][2] * cofactor(0, 2);
  return [0, 1, 2].map((row) => [0, 1, 2].map((column) => cofactor(column, row) / determinant));
}
