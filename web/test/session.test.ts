/** A runtime that could not be loaded is loaded again for the next picture. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Shipped } from "../src/browser/models";
import type { Network } from "../src/browser/network";

const MODEL = { name: "9-1-5", color: "y", luma_range: "full", channels: 1, halo: 6 } as unknown as Shipped;
const BASE = "http://127.0.0.1/";
let loads: number;
let isDown: boolean; // the server of the files, or the way to it
let starts: () => Promise<unknown>;

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("navigator", {}); // without a graphics processor
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(new Uint8Array(1))));
  loads = 0;
  isDown = false;
  starts = () => Promise.resolve({});
  // Asked for anew at each import, as browsers do after one that failed.
  vi.doMock("onnxruntime-web/wasm", () => ({
    get env() {
      loads++;
      if (isDown) throw new TypeError("Failed to fetch dynamically imported module");
      return { wasm: {} };
    },
    InferenceSession: { create: () => starts() },
  }));
});

afterEach(() => {
  vi.doUnmock("onnxruntime-web/wasm");
  vi.unstubAllGlobals();
});

test("after a failure it is loaded again, after a success it is kept", async () => {
  const { loadNetwork } = await import("../src/browser/session");
  const load = (name: string): Promise<Network> => loadNetwork({ ...MODEL, name }, BASE);
  isDown = true;
  await expect(load("9-1-5")).rejects.toThrow("Failed to fetch");
  isDown = false;
  await expect(load("9-1-5")).resolves.toMatchObject({ card: { halo: 6 } });
  await load("9-5-5");
  expect(loads).toBe(2);
});

test("one that is loaded and does not start says that this worker is spent", async () => {
  const { loadNetwork, Unstarted } = await import("../src/browser/session");
  starts = () => Promise.reject(new Error("no available backend found"));
  const failed = loadNetwork(MODEL, BASE);
  await expect(failed).rejects.toThrow("no available backend found");
  await expect(failed).rejects.toBeInstanceOf(Unstarted);
});
