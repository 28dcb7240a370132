/** Figures in words. */

import { expect, test } from "vitest";
import { inSeconds, tally } from "../src/ui/words";

test.each([
  [0.04, "0.04 s"],
  [9.4, "9.4 s"],
  [59.4, "59 s"],
  [59.7, "1 min 0 s"],
  [60, "1 min 0 s"],
  [119.4, "1 min 59 s"],
  [119.7, "2 min 0 s"],
  [3599.6, "60 min 0 s"],
])("%d s", (seconds, words) => {
  expect(inSeconds(seconds)).toBe(words);
});

test.each([
  [["done"], ""],
  [["done", "busy", "queued"], "; 1 of 3 done"],
  [["done", "failed", "done"], "; 2 of 3 done, 1 failed"],
  [["failed", "failed"], "; 0 of 2 done, 2 failed"],
])("%j", (states, words) => {
  expect(tally(states)).toBe(words);
});
