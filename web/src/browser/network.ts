/** A network on planes, tile by tile, by onnxruntime-web. */

import type { Card } from "./pixels";
import type { Size } from "../sizes";
import { Planes, widened, within, type Window } from "./planes";

/** Side of the fixed grid of tiles: a second of work or less. */
export const TILE = 256;

export interface Network {
  card: Card & { halo: number };
  /** What the network makes of (C, h, w) planes: the same size, its border rule at all sides. */
  run(planes: Planes): Promise<Planes>;
}

/**
 * A tile of the network's output.
 *
 * @param input gives the planes of any window of the network's input.
 */
export async function runTile(network: Network, input: (window: Window) => Planes, tile: Window, size: Size, isEnsemble: boolean): Promise<Planes> {
  // What the border rule makes of sides that are none of the picture's edges lies in the halo, and is cut away.
  const source = widened(tile, network.card.halo, size);
  const planes = input(source);
  const result = isEnsemble ? await averaged(network, planes) : await network.run(planes);
  return result.cut(within(tile, source));
}

/** The mean over the eight flips and rotations. */
async function averaged(network: Network, planes: Planes): Promise<Planes> {
  const total = new Planes(planes.channels, planes.height, planes.width);
  for (let turns = 0; turns < 4; turns++) {
    for (const isMirrored of [false, true]) {
      const turned = turn(isMirrored ? mirror(planes) : planes, turns);
      const back = turn(await network.run(turned), 4 - turns);
      const result = isMirrored ? mirror(back) : back;
      for (let at = 0; at < total.data.length; at++) total.data[at] += result.data[at];
    }
  }
  for (let at = 0; at < total.data.length; at++) total.data[at] /= 8;
  return total;
}

export function mirror(planes: Planes): Planes {
  const result = new Planes(planes.channels, planes.height, planes.width, planes.data.slice());
  for (let line = 0; line < planes.channels * planes.height; line++) {
    result.data.subarray(line * planes.width, (line + 1) * planes.width).reverse();
  }
  return result;
}

/** Counterclockwise by quarters. */
export function turn(planes: Planes, quarters: number): Planes {
  let result = planes;
  for (let done = 0; done < quarters % 4; done++) {
    const { channels, height, width, data } = result;
    const turned = new Planes(channels, width, height);
    let out = 0;
    for (let channel = 0; channel < channels; channel++) {
      for (let x = width - 1; x >= 0; x--) {
        for (let y = 0; y < height; y++) turned.data[out++] = data[(channel * height + y) * width + x];
      }
    }
    result = turned;
  }
  return result;
}
