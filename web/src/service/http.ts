/** Requests to the service: its token, its errors in words, its events. */

import { askToken } from "../ui/token";

const KEY = "srcnn-token";
const SHORTEST_WAIT = 0.5;

/** Take the token from the address, where the command has put it, and out of it. */
export function takeToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, "", location.pathname + location.search);
}

/**
 * A request; it is made again after a while where the service is busy, and with a token where it wants one.
 *
 * @throws Error with the service's own words.
 */
export async function ask(path: string, init: RequestInit = {}, waiting?: () => void): Promise<Response> {
  for (;;) {
    const token = sessionStorage.getItem(KEY);
    const headers = new Headers(init.headers);
    if (token !== null) headers.set("Authorization", `Bearer ${token}`);
    const response = await reach(path, { ...init, headers });
    if (response.ok) return response;
    if (response.status === 401) {
      sessionStorage.setItem(KEY, await askToken());
    } else if (response.status === 429 || response.status === 503) {
      waiting?.();
      await pause(Number(response.headers.get("Retry-After") ?? 1), init.signal ?? null);
    } else {
      throw new Error(await words(response));
    }
  }
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new Error("The service does not answer. Is srcnn web still running?", { cause: error });
  }
}

async function words(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { error: string };
    return error;
  } catch {
    return `The service answered with status ${response.status}.`;
  }
}

/** Wait; an abort ends it with an AbortError. */
export function pause(seconds: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, 1000 * Math.max(seconds, SHORTEST_WAIT));
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** The data of server-sent events, one by one. */
export async function* events(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  // By a reader: Safari's streams have no iterator, so that `for await` fails there.
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const lines = block.split("\n").filter((line) => line.startsWith("data:"));
        if (lines.length > 0) yield lines.map((line) => line.slice(5).trim()).join("\n");
      }
    }
  } finally {
    reader.cancel().catch(() => undefined); // one that broke has said so already
  }
}
