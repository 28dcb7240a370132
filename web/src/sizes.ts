/** Sizes of pictures, and the steps in which a larger one is reached; as src/srcnn/scales.py has them. */

export interface Size {
  width: number;
  height: number;
}

/** How many samples there are when a size is multiplied: rounded half up, at least one. */
export function scaled(size: Size, scale: number): Size {
  const side = (length: number): number => Math.max(1, Math.floor(scale * length + 0.5));
  return { height: side(size.height), width: side(size.width) };
}

/** Enlarged at once at most; more goes in equal steps. */
const MAX_STEP = 4;

/** In how many equal steps a scale is reached. */
export function stepCount(scale: number): number {
  let steps = 1;
  while (scale > MAX_STEP ** steps) steps += 1;
  return steps;
}

/** Sizes after each step. */
export function stepSizes(size: Size, scale: number): Size[] {
  const count = stepCount(scale);
  const step = scale ** (1 / count);
  return Array.from({ length: count }, (_, n) => scaled(size, n + 1 === count ? scale : step ** (n + 1)));
}
