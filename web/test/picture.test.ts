/** What a picture of the list holds, it lets go of. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Backend, Options, Result } from "../src/backend";
import { Picture } from "../src/ui/picture";

/** As much of an element as a picture asks of its own. */
class Part {
  readonly dataset = {};
  readonly parts = new Map<string, Part>();
  querySelector(selector: string): Part {
    const found = this.parts.get(selector) ?? (selector.endsWith("img") ? new Image() : new Part());
    this.parts.set(selector, found);
    return found;
  }
  addEventListener(): void { /* nobody clicks */ }
  setAttribute(): void { /* nobody reads it */ }
  replaceChildren(): void { /* nor this */ }
  remove(): void { /* it is in no document */ }
}

/** An image that is decoded when a test says so; another address ends that, as in browsers. */
class Image extends Part {
  hidden = true;
  naturalWidth = 8;
  naturalHeight = 6;
  private address = "";
  fail = (): void => undefined;
  succeed = (): void => undefined;
  get src(): string { return this.address; }
  set src(address: string) {
    this.fail();
    this.address = address;
  }
  decode(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = () => { reject(new DOMException("The source image cannot be decoded.", "EncodingError")); };
    });
  }
  removeAttribute(): void { this.src = ""; }
}

const listener = { changed: vi.fn(), chosen: vi.fn(), removed: vi.fn(), ended: vi.fn() };
const alive = new Set<string>();

beforeEach(() => {
  for (const name of ["HTMLElement", "HTMLTemplateElement", "HTMLLIElement", "HTMLProgressElement", "HTMLAnchorElement"]) vi.stubGlobal(name, Part);
  vi.stubGlobal("HTMLImageElement", Image);
  const body = new Part();
  vi.stubGlobal("document", { querySelector: (selector: string) => body.querySelector(selector), importNode: () => new Part(), createElement: () => new Part() });
  listener.changed.mockClear();
  alive.clear();
  let count = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => {
    alive.add(`blob:${++count}`);
    return `blob:${count}`;
  });
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((address) => { alive.delete(address); });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function added(): { picture: Picture; image: Image } {
  const picture = new Picture(new File(["x"], "a.png"), listener);
  return { picture, image: picture.element.querySelector(".thumb img") as unknown as Image };
}

/** Let what waits for the image go on. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

async function finish(picture: Picture): Promise<void> {
  const blob = new Blob(["y"]);
  const result: Result = { blob, width: 16, height: 12, seconds: 1, format: "png", notes: [], before: blob, after: blob };
  picture.queue({ task: "upscale", scale: 2, width: null } as Options);
  await picture.run({ run: () => Promise.resolve(result) } as unknown as Backend);
}

test("one removed after it was decoded", async () => {
  const { picture, image } = added();
  image.succeed();
  await settle();
  expect([picture.before, picture.width, image.hidden]).toEqual(["blob:1", 8, false]);
  picture.close();
  expect([...alive]).toEqual([]);
});

test("one removed before it was decoded, and nobody hears of it again", async () => {
  const { picture, image } = added();
  picture.close();
  listener.changed.mockClear();
  image.succeed();
  await settle();
  expect([...alive]).toEqual([]);
  expect(listener.changed).not.toHaveBeenCalled();
});

test.each([false, true])("one whose result comes before it is decoded; just before: %s", async (isJustBefore) => {
  const { picture, image } = added();
  if (isJustBefore) image.succeed();
  const finished = finish(picture);
  await finished;
  await settle();
  image.succeed();
  await settle();
  expect(image.src).toBe(picture.before);
  expect(image.hidden).toBe(false);
  expect(alive.size).toBe(3); // before, after, and the download
  picture.close();
  expect([...alive]).toEqual([]);
});

test("one that a browser does not show", async () => {
  const { picture, image } = added();
  image.fail();
  await settle();
  expect([picture.before, image.src, image.hidden, alive.size]).toEqual([null, "", true, 0]);
});

test("one that has failed says so, and one that is cancelled is no longer asked for", async () => {
  const { picture } = added();
  expect(picture.isAsked).toBe(false);
  picture.queue({ task: "upscale", scale: 2, width: null } as Options);
  expect(picture.isAsked).toBe(true);
  await picture.run({ run: () => Promise.reject(new Error("it is broken")) } as unknown as Backend);
  expect(listener.ended).toHaveBeenLastCalledWith("a.png: it is broken");
  expect([picture.state, picture.isAsked]).toEqual(["failed", true]);
  picture.queue({ task: "upscale", scale: 2, width: null } as Options);
  picture.cancel();
  expect(picture.isAsked).toBe(false);
});
