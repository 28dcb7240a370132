/** Where a picture lies on the stage. */

import { expect, test } from "vitest";
import { View } from "../src/ui/view";

function view(width: number, height: number): View {
  const result = new View();
  result.lay({ width, height }, { width: 600, height: 400 });
  return result;
}

test("a picture is fitted into the middle", () => {
  const { zoom, x, y } = view(1200, 400);
  expect([zoom, x, y]).toEqual([0.5, 0, 100]);
});

test("a small picture is fitted in whole steps, its pixels as squares", () => {
  const small = view(130, 100);
  expect([small.zoom, small.isSharp]).toEqual([4, true]);
  expect(view(400, 300).isSharp).toBe(false);
});

test("what lies under the pointer stays there while it is zoomed", () => {
  const shown = view(600, 400);
  const at = { x: 150, y: 300 };
  shown.zoomTo(2, at);
  expect([(at.x - shown.x) / shown.zoom, (at.y - shown.y) / shown.zoom]).toEqual([150, 300]);
  expect(shown.isLarger).toBe(true);
});

test("a picture larger than the stage leaves no gap, a smaller one stays in the middle", () => {
  const shown = view(600, 400);
  shown.zoomTo(2);
  shown.move(10_000, -10_000);
  expect([shown.x, shown.y]).toEqual([0, -400]);
  shown.fit();
  shown.move(50, 50);
  expect([shown.x, shown.y]).toEqual([0, 0]);
});

test("another stage keeps the zoom that the user chose; another size of picture is fitted anew", () => {
  const shown = view(600, 400);
  shown.zoomTo(2);
  shown.lay({ width: 600, height: 400 }, { width: 300, height: 200 });
  expect(shown.zoom).toBe(2);
  shown.lay({ width: 900, height: 600 }, { width: 300, height: 200 });
  expect(shown.zoom).toBeCloseTo(1 / 3);
});
