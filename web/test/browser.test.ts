/** The browser's own arithmetic gives the numbers of the package. */

import { describe, expect, test } from "vitest";
import { enlarge, likewise } from "../src/browser/change";
import { fullToStudio, rgbToYcbcr, studioToFull, ycbcrToRgb } from "../src/browser/color";
import { readJpegHead } from "../src/browser/jpeg";
import { readPicture } from "../src/browser/files";
import { findModel, findRestorer } from "../src/browser/models";
import { mirror, turn, type Network } from "../src/browser/network";
import { EncodedPicture, nearbyRange } from "../src/browser/pixels";
import { Planes } from "../src/browser/planes";
import { Resizer } from "../src/browser/resize";
import { stepSizes } from "../src/sizes";
import { numbers, pixelsOf, planesOf, sha256, unpack, windowOf } from "./numbers";

describe("bicubic enlargement", () => {
  test.each(numbers.resize)("to $size, window $window", ({ input, size: [height, width], window, result }) => {
    const planes = planesOf(input);
    const resizer = new Resizer(planes, { height, width });
    const part = windowOf(window);
    expect(resizer.run(planes.cut(resizer.source(part)), part).data).toEqual(unpack(result));
  });

  test.each(numbers.sizes)("steps of $width x $height by $scale", ({ height, width, scale, sizes }) => {
    expect(stepSizes({ height, width }, scale).map((size) => [size.height, size.width])).toEqual(sizes);
  });
});

test("colours go to YCbCr and back", () => {
  const { rgb, ycbcr, back, full, studio } = numbers.color;
  const planes = planesOf(rgb);
  rgbToYcbcr(planes);
  expect(planes.data).toEqual(unpack(ycbcr));
  const luma = planes.part(0, 1).data.slice();
  studioToFull(luma);
  expect(luma).toEqual(unpack(full));
  fullToStudio(luma);
  expect(luma).toEqual(unpack(studio));
  ycbcrToRgb(planes);
  expect(planes.data).toEqual(unpack(back));
});

describe("pixels", () => {
  test.each(numbers.encoded)("for networks on $color, luma $luma", ({ pixels, color, luma, planes, decoded, low, high }) => {
    const picture = new EncodedPicture(pixelsOf(pixels), { color, lumaRange: luma, channels: color === "y" ? 1 : 3 });
    const encoded = picture.encoded({ top: 5, bottom: 33, left: 2, right: 40 });
    expect(sha256(encoded.data)).toBe(planes.sha256);
    const { height, width } = encoded;
    const channels = decoded.shape[2];
    const target = { height, width, channels, data: likewise(unpack(pixels), height * width * channels) };
    picture.decode(encoded, target, { top: 0, bottom: target.height, left: 0, right: target.width });
    expect(sha256(target.data)).toBe(decoded.sha256);
    if (low === undefined || high === undefined) return;
    const all = picture.encode({ top: 0, bottom: 40, left: 0, right: 45 });
    const alpha = all.part(all.channels - 1, all.channels);
    const window = { top: 10, bottom: 70, left: 3, right: 81 };
    const range = nearbyRange(alpha, { top: 0, bottom: 40, left: 0, right: 45 }, alpha, window, { height: 100, width: 90 });
    expect(sha256(range.low)).toBe(low.sha256);
    expect(sha256(range.high)).toBe(high.sha256);
  });
});

/** A network that returns its input, as the package's in tests/support.py. */
function identity(color: "y" | "rgb"): Network {
  return { card: { color, lumaRange: "studio", channels: color === "y" ? 1 : 3, halo: 1 }, run: (planes) => Promise.resolve(relu(planes)) };
}

function relu(planes: Planes): Planes {
  return new Planes(planes.channels, planes.height, planes.width, planes.data.map((level) => Math.max(0, level)));
}

describe("whole pictures", () => {
  test.each(numbers.upscaled)("by $scale, network on $color, opacity by $alpha", async ({ pixels, scale, color, alpha, result }) => {
    const parts: number[] = [];
    const made = await enlarge(pixelsOf(pixels), scale, identity(color), { isEnsemble: false, alpha }, (part) => parts.push(part));
    expect([made.height, made.width, made.channels]).toEqual(result.shape);
    expect(sha256(made.data)).toBe(result.sha256);
    expect(parts.at(-1)).toBe(1);
  });

  test("the mean over flips and turns of a network that changes nothing changes nothing", async () => {
    const picture = pixelsOf(numbers.upscaled[1].pixels);
    const ways = { isEnsemble: true, alpha: "network" };
    const made = await enlarge(picture, 2.5, identity("y"), ways, () => undefined);
    expect(sha256(made.data)).toBe(numbers.upscaled[1].result.sha256);
  });
});

describe("weights", () => {
  const { shelf, upscale, restore } = numbers.models;

  test.each(upscale)("%s by %d are %s", (name, scale, whole) => {
    expect(findModel(shelf, name, scale).name).toBe(whole);
  });

  test.each(restore)("%s for quality %d, in colour %s, are %s", (name, quality, hasColor, whole) => {
    expect(findRestorer(shelf, name, quality, hasColor)?.name ?? null).toBe(whole);
  });

  test("names that there are not, and pictures that were no JPEG, are refused in words", () => {
    expect(() => findModel(shelf, "7-7-7", 2)).toThrow("expected the name of a model of this page, got 7-7-7");
    expect(() => findRestorer(shelf, "9-5-5", null, true)).toThrow("expected a JPEG");
  });
});

test("turning four times, and mirroring twice, gives back the planes", () => {
  const planes = planesOf(numbers.resize[0].input);
  expect(turn(turn(planes, 1), 3)).toEqual(planes);
  expect(mirror(mirror(planes))).toEqual(planes);
  const once = turn(planes, 1);
  expect([once.height, once.width]).toEqual([planes.width, planes.height]);
  expect(once.data[0]).toBe(planes.data[planes.width - 1]); // the right top corner comes to the left top
});

test.each(numbers.jpeg)("a JPEG of quality $quality and $components components says so", ({ base64, quality, components }) => {
  expect(readJpegHead(Uint8Array.from(Buffer.from(base64, "base64")))).toEqual({ quality, components });
});

test("what is no JPEG, or cut short, says nothing", () => {
  const bytes = Uint8Array.from(Buffer.from(numbers.jpeg[0].base64, "base64"));
  expect(readJpegHead(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2]))).toBeNull();
  for (const length of [0, 3, 5, 30, 80]) expect(readJpegHead(bytes.subarray(0, length))).toBeNull();
});

test("a file that holds no picture is refused in one whole sentence", async () => {
  await expect(readPicture(new File([], "empty.png"))).rejects.toThrow("expected a picture, got empty.png, which is empty");
  const header = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);
  await expect(readPicture(new File([header], "cut.png"))).rejects.toThrow(/^expected a whole PNG, got one that is truncated or broken; copy it again$/);
});
