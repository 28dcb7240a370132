/** Enlarging and restoring, as src/srcnn/enlargement.py and restoration.py do it. */

import { runTile, TILE, type Network } from "./network";
import { EncodedPicture, nearbyRange, RANGE_REACH } from "./pixels";
import { stepSizes, type Size } from "../sizes";
import { Planes, tiles, widened, type Pixels, type Window } from "./planes";
import { Resizer } from "./resize";

const NEUTRAL_CHROMA = 128 / 255;

export interface Ways {
  isEnsemble: boolean;
  alpha: string;
}

/** Called with the part that is done, 0 to 1. */
export type Report = (part: number) => void;

/** A larger picture of the same kind. */
export async function enlarge(picture: Pixels, scale: number, network: Network, ways: Ways, report: Report): Promise<Pixels> {
  let pixels = ways.alpha === "drop" ? withoutAlpha(picture) : picture;
  const sizes = stepSizes(pixels, scale);
  const area = sizes.reduce((sum, size) => sum + size.height * size.width, 0);
  let done = 0;
  for (const [number, size] of sizes.entries()) {
    const isLast = number === sizes.length - 1;
    const length = size.height * size.width * pixels.channels;
    // Rounded to levels once, at the end.
    const result = { ...size, channels: pixels.channels, data: isLast ? likewise(picture.data, length) : new Float32Array(length) };
    const step = new Step(pixels, size, network, ways);
    for (const tile of tiles(size, TILE)) {
      await step.fill(result, tile);
      done += (tile.bottom - tile.top) * (tile.right - tile.left);
      report(done / area);
    }
    pixels = result;
  }
  return pixels;
}

/** One enlargement. */
class Step extends EncodedPicture {
  private readonly resizer: Resizer;

  constructor(
    pixels: Pixels,
    private readonly size: Size,
    private readonly network: Network,
    private readonly ways: Ways,
  ) {
    super(pixels, network.card);
    this.resizer = new Resizer(pixels, size);
  }

  async fill(result: Pixels, tile: Window): Promise<void> {
    const learned = this.card.channels;
    const input = (window: Window): Planes => this.bicubic(window, 0, learned);
    const made = await runTile(this.network, input, tile, this.size, this.ways.isEnsemble);
    const rest = this.bicubic(tile, learned);
    const planes = new Planes(learned + rest.channels, made.height, made.width);
    planes.data.set(made.data);
    planes.data.set(rest.data, made.data.length);
    if (this.hasAlpha && this.ways.alpha === "network") {
      planes.part(planes.channels - 1, planes.channels).data.set(await this.opacity(tile));
    }
    this.decode(planes, result, tile);
  }

  private bicubic(window: Window, from: number, to?: number): Planes {
    const planes = this.encoded(this.resizer.source(window));
    return this.resizer.run(planes.part(from, to ?? planes.channels), window);
  }

  /** Opacity of a tile, through the network where it is not the same all around. */
  private async opacity(tile: Window): Promise<Float32Array> {
    const source = widened(this.resizer.source(tile), RANGE_REACH, this.pixels);
    const { low, high } = nearbyRange(this.alpha(source), source, this.pixels, tile, this.size);
    if (low.every((least, at) => least === high[at])) return low;
    const result = await runTile(this.network, (window) => this.opacityInput(window), tile, this.size, this.ways.isEnsemble);
    const planes = this.card.color === "rgb" ? result.channels : 1;
    const area = low.length;
    return low.map((least, at) => {
      let sum = 0;
      for (let plane = 0; plane < planes; plane++) sum = Math.fround(sum + result.data[plane * area + at]);
      return Math.min(high[at], Math.max(least, Math.fround(sum / planes)));
    });
  }

  /** Opacity of a window of the output, as the network is given a grey picture. */
  private opacityInput(window: Window): Planes {
    const plane = this.resizer.run(this.alpha(this.resizer.source(window)), window);
    const planes = new Planes(this.card.channels, plane.height, plane.width);
    for (let channel = 0; channel < planes.channels; channel++) {
      const target = planes.part(channel, channel + 1).data;
      if (channel > 0 && this.card.color === "ycbcr") target.fill(NEUTRAL_CHROMA);
      else target.set(plane.data);
    }
    return planes;
  }

  private alpha(window: Window): Planes {
    const planes = this.encode(window);
    return planes.part(planes.channels - 1, planes.channels);
  }
}

/** A picture of the same kind and size with less of its damage. */
export async function restore(picture: Pixels, network: Network, isEnsemble: boolean, report: Report): Promise<Pixels> {
  const encoded = new EncodedPicture(picture, network.card);
  const learned = network.card.channels;
  const result = { ...picture, data: picture.data.slice() };
  const all = tiles(picture, TILE);
  for (const [number, tile] of all.entries()) {
    const input = (window: Window): Planes => encoded.encoded(window).part(0, learned);
    const made = await runTile(network, input, tile, picture, isEnsemble);
    const planes = encoded.encode(tile);
    planes.data.set(made.data);
    encoded.decode(planes, result, tile);
    report((number + 1) / all.length);
  }
  if (encoded.hasAlpha) keepTransparent(picture, result);
  return result;
}

/** What is fully transparent stays as it was, whatever it holds. */
function keepTransparent(before: Pixels, after: Pixels): void {
  const { channels } = before;
  for (let at = 0; at < before.data.length; at += channels) {
    if (before.data[at + channels - 1] !== 0) continue;
    for (let channel = 0; channel < channels; channel++) after.data[at + channel] = before.data[at + channel];
  }
}

export function withoutAlpha(pixels: Pixels): Pixels {
  if (pixels.channels !== 2 && pixels.channels !== 4) return pixels;
  const channels = pixels.channels - 1;
  const { height, width } = pixels;
  const data = likewise(pixels.data, height * width * channels);
  for (let at = 0, out = 0; at < pixels.data.length; at += pixels.channels) {
    for (let channel = 0; channel < channels; channel++) data[out++] = pixels.data[at + channel];
  }
  return { height, width, channels, data };
}

/** An empty array of the same kind. */
export function likewise(data: Pixels["data"], length: number): Pixels["data"] {
  if (data instanceof Uint8Array) return new Uint8Array(length);
  return data instanceof Uint16Array ? new Uint16Array(length) : new Float32Array(length);
}
