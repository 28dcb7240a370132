/** Networks by onnxruntime-web: WebGPU where the browser has it, else WebAssembly, in threads where it may. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { Network } from "./network";
import { Planes } from "./planes";
import type { Shipped } from "./models";

type Runtime = typeof import("onnxruntime-web");

const MOST_THREADS = 8;
const sessions = new Map<string, Promise<Network>>();
let runtime: Promise<{ ort: Runtime; provider: string }> | null = null;

/** A network, loaded once; `base` is the page's address. */
export function loadNetwork(model: Shipped, base: string): Promise<Network> {
  let found = sessions.get(model.name);
  if (found === undefined) {
    found = create(model, base);
    sessions.set(model.name, found);
    found.catch(() => sessions.delete(model.name));
  }
  return found;
}

async function create(model: Shipped, base: string): Promise<Network> {
  const response = await fetch(new URL(`models/${model.name}.onnx`, base));
  if (!response.ok) throw new Error(`models/${model.name}.onnx not found beside this page (status ${response.status})`);
  const content = new Uint8Array(await response.arrayBuffer());
  const { ort, session } = await open(content);
  const card = { color: model.color, lumaRange: model.luma_range, channels: model.channels, halo: model.halo };
  return { card, run: (planes) => run(ort, session, planes) };
}

/** The runtime does not start, and holds on to that: only another worker can try again. */
export class Unstarted extends Error {}

async function open(content: Uint8Array): Promise<{ ort: Runtime; session: InferenceSession }> {
  runtime ??= hasGpu().then((isThere) => loadRuntime(isThere ? "webgpu" : "wasm"));
  const { ort, provider } = await runtime;
  try {
    return { ort, session: await ort.InferenceSession.create(content, { executionProviders: [provider] }) };
  } catch (error) {
    if (provider === "wasm") throw new Unstarted(error instanceof Error ? error.message : String(error), { cause: error });
    // A graphics processor that is there need not work.
    runtime = loadRuntime("wasm");
    return open(content);
  }
}

async function loadRuntime(provider: "webgpu" | "wasm"): Promise<{ ort: Runtime; provider: string }> {
  try {
    const ort = (provider === "webgpu" ? await import("onnxruntime-web/webgpu") : await import("onnxruntime-web/wasm"));
    ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1;
    return { ort, provider };
  } catch (error) {
    runtime = null; // the next picture tries again
    throw error;
  }
}

/** Whether there is a graphics processor, and not a processor that plays one. */
async function hasGpu(): Promise<boolean> {
  if (!("gpu" in navigator)) return false;
  try {
    const adapter = await navigator.gpu.requestAdapter();
    return adapter !== null && !adapter.info.isFallbackAdapter;
  } catch {
    return false;
  }
}

async function run(ort: Runtime, session: InferenceSession, planes: Planes): Promise<Planes> {
  const shape = [1, planes.channels, planes.height, planes.width];
  const results = await session.run({ planes: new ort.Tensor("float32", planes.data, shape) });
  const result: Tensor = results.result;
  const data = (await result.getData()) as Float32Array;
  const copy = new Planes(planes.channels, planes.height, planes.width, data.slice());
  result.dispose();
  return copy;
}
