/** Figures in words. */

import { expect, test } from "vitest";
import { inSeconds, news, tally } from "../src/ui/words";

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

test.each([
  ["a.png: it is broken", ["failed"], "a.png: it is broken."],
  ["a.png: it is broken", ["failed", "done"], "a.png: it is broken; 1 of 2 done, 1 failed."],
  ["a.png: Is it running?", ["failed"], "a.png: Is it running?"],
  ["a.png: Is it running?", ["failed", "done"], "a.png: Is it running? 1 of 2 done, 1 failed."],
])("%s %j", (words, states, told) => {
  expect(news(words, states)).toBe(told);
});
