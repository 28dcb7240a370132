/** The events of a job, where browsers and proxies do less than one would wish. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Options } from "../src/backend";
import { events } from "../src/service/http";

/** An answer that comes in these pieces, and ends or breaks off. */
function streamed(pieces: string[], end: "closed" | "broken" = "closed"): Response {
  const encoder = new TextEncoder();
  const left = [...pieces];
  return new Response(
    new ReadableStream({
      pull(controller) {
        const piece = left.shift();
        if (piece !== undefined) controller.enqueue(encoder.encode(piece));
        else if (end === "closed") controller.close();
        else controller.error(new TypeError("network error"));
      },
    }),
  );
}

async function all(response: Response): Promise<string[]> {
  const result: string[] = [];
  for await (const text of events(response)) result.push(text);
  return result;
}

describe("server-sent events", () => {
  test("are read where streams have no iterator, as in Safari", async () => {
    const iterator = Object.getOwnPropertyDescriptor(ReadableStream.prototype, Symbol.asyncIterator);
    Reflect.deleteProperty(ReadableStream.prototype, Symbol.asyncIterator);
    try {
      expect(await all(streamed(['data: {"a":', '1}\n\n: alive\n\ndata: ä\n', "\ndata: cut of"]))).toEqual(['{"a":1}', "ä"]);
    } finally {
      if (iterator !== undefined) Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, iterator);
    }
  });

  test("let go of the connection once nobody reads on", async () => {
    const cancel = vi.fn();
    const endless = new ReadableStream({
      start(controller) { controller.enqueue(new TextEncoder().encode("data: 1\n\n")); },
      cancel,
    });
    for await (const text of events(new Response(endless))) {
      expect(text).toBe("1");
      break;
    }
    await vi.waitFor(() => { expect(cancel).toHaveBeenCalled(); });
  });

  test("that break off say why", async () => {
    await expect(all(streamed(["data: 1\n\n"], "broken"))).rejects.toThrow("network error");
  });
});

describe("a job", () => {
  const options = { task: "restore", model: "9-5-5", ensemble: false } as Options;
  const job = { id: "7", state: "running", progress: 0, error: null, width: 2, height: 2, seconds: 1, format: "png", notes: [] };
  let streams: () => Response;
  let asked: string[];

  beforeEach(() => {
    vi.resetModules();
    vi.useFakeTimers();
    vi.stubGlobal("location", { hash: "", hostname: "localhost", pathname: "/", search: "" });
    vi.stubGlobal("sessionStorage", { getItem: () => null });
    vi.stubGlobal("window", { addEventListener: () => undefined });
    asked = [];
    vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
      asked.push(`${init.method ?? "GET"} ${path.split("?", 1)[0] ?? ""}`);
      if (init.method === "POST") return Promise.resolve(Response.json(job));
      return Promise.resolve(path.endsWith("/events") ? streams() : new Response("pixels"));
    });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function run(): Promise<{ seen: number[]; error: unknown; seconds: number }> {
    const { backend } = await import("../src/service/backend");
    const seen: number[] = [];
    let error: unknown = null;
    const ended = { isSo: false };
    const begun = Date.now();
    const report = (progress: { part: number }): void => { seen.push(progress.part); };
    const running = backend.run(new File(["x"], "a.png"), options, report, new AbortController().signal);
    void running.catch((reason: unknown) => { error = reason; }).finally(() => { ended.isSo = true; });
    while (!ended.isSo) await vi.advanceTimersByTimeAsync(500);
    return { seen: seen.slice(1), error, seconds: Math.round((Date.now() - begun) / 1000) };
  }

  test("that gets on is followed however often its events break off", async () => {
    let part = 0;
    streams = () => {
      part++;
      if (part > 20) return streamed([`data: ${JSON.stringify({ ...job, state: "done" })}\n\n`]);
      return streamed([`data: ${JSON.stringify({ ...job, progress: part / 20 })}\n\n`], "broken");
    };
    const { seen, error } = await run();
    expect(error).toBeNull();
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => (index + 1) / 20));
    expect(asked.at(-1)).toBe("DELETE api/jobs/7");
    expect(asked).toContain("GET api/jobs/7/result");
  });

  test("that is not heard of is given up after six tries, with longer and longer pauses", async () => {
    streams = () => streamed([], "broken");
    const { error, seconds } = await run();
    expect(error).toEqual(new TypeError("network error"));
    expect(asked.filter((path) => path.endsWith("/events"))).toHaveLength(6);
    expect(seconds).toBeGreaterThanOrEqual(1 + 2 + 3 + 4 + 5);
  });
});
