/** Work done by the service that serves this page. */

import { MODES, type Backend, type Capabilities, type Format, type Model, type Options, type Progress, type Result } from "../backend";
import { inBytes } from "../ui/words";
import { ask, events, pause, takeToken } from "./http";

interface Job {
  id: string;
  state: "receiving" | "waiting" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  error: string | null;
  width: number;
  height: number;
  seconds: number;
  format: string | null;
  notes: string[];
}

/** Formats that browsers show by themselves, as suffixes. */
const SHOWN = ["png", "jpg", "jpeg", "jpe", "jfif", "webp", "avif", "gif", "bmp", "apng"];
const LOST_AFTER = 5;

takeToken();
let largest = Infinity; // bytes of a file
const underWay = new Set<string>(); // jobs

// Nobody waits any longer for what a page has asked for that is closed.
window.addEventListener("pagehide", () => { underWay.forEach(forget); });

export const backend: Backend = {
  where: isLoopback() ? "Pictures stay on this computer." : `Pictures are worked on by ${location.hostname}, and forgotten there.`,
  atOnce: 3,

  async capabilities(): Promise<Capabilities> {
    const known = (await json("api/capabilities")) as {
      version: string;
      limits: { max_bytes: number };
      formats: Format[];
      reads: string[];
      alpha_modes: string[];
    };
    largest = known.limits.max_bytes;
    return {
      version: known.version,
      formats: known.formats,
      reads: known.reads,
      remark: `Up to ${inBytes(largest)} each.`,
      settings: ["quality", "depth", "alpha", "background", "backProjection", "strip"],
      alphaModes: known.alpha_modes,
    };
  },

  async models(): Promise<Model[]> {
    return (await json("api/models")) as Model[];
  },

  async run(file, options, report, signal): Promise<Result> {
    if (file.size > largest) {
      throw new Error(`expected a file of at most ${inBytes(largest)}, got ${inBytes(file.size)}; see --max-megabytes of srcnn web`);
    }
    report({ state: "sending", part: 0 });
    const sent = await ask(`api/jobs/${options.task}?${query(options)}`, { method: "POST", body: file, signal }, () => {
      report({ state: "waiting", part: 0 });
    });
    const { id } = (await sent.json()) as Job;
    underWay.add(id);
    try {
      const job = await finished(id, report, signal);
      return await collected(job, file, signal);
    } finally {
      underWay.delete(id);
      forget(id);
    }
  },
};

function forget(id: string): void {
  void ask(`api/jobs/${id}`, { method: "DELETE", keepalive: true }).catch(() => undefined);
}

function isLoopback(): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
}

async function json(path: string): Promise<unknown> {
  return (await ask(path)).json();
}

/** What the address of a job says: nothing that is the service's own default. */
function query(options: Options): string {
  const known: Record<string, string | number | boolean | null> = {
    damage_quality: options.damageQuality,
    format: options.format,
    quality: options.quality,
    depth: options.depth,
    background: options.background,
    strip: options.strip,
  };
  if (options.model in MODES && !options.ensemble && options.task === "upscale") known.quality_mode = options.model;
  else {
    known.model = MODES[options.model]?.model ?? options.model;
    known.ensemble = options.ensemble || (MODES[options.model]?.ensemble ?? false);
  }
  if (options.task === "upscale") {
    known.scale = options.scale;
    known.width = options.width;
    known.alpha = options.alpha;
    known.restore = options.restoreFirst;
    known.back_projection = options.backProjection;
    if (!options.restoreFirst) known.damage_quality = null;
  }
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(known)) {
    if (value !== null && value !== false && value !== 0) parameters.set(name, `${value}`);
  }
  return parameters.toString();
}

/** The job once it is done. Where its events break off they are asked for again, until that fails too often without any in between. */
async function finished(id: string, report: (progress: Progress) => void, signal: AbortSignal): Promise<Job> {
  for (let lost = 0; ; lost++) {
    try {
      for await (const text of events(await ask(`api/jobs/${id}/events`, { signal }))) {
        const job = JSON.parse(text) as Job;
        lost = 0;
        if (job.state === "done") return job;
        if (job.state === "failed" || job.state === "cancelled") throw new Refused(job.error ?? "It was cancelled.");
        report({ state: job.state === "running" ? "running" : "waiting", part: job.progress });
      }
    } catch (error) {
      if (signal.aborted || error instanceof Refused || lost >= LOST_AFTER) throw error;
    }
    await pause(1 + Math.min(lost, LOST_AFTER), signal);
  }
}

class Refused extends Error {}

async function collected(job: Job, file: File, signal: AbortSignal): Promise<Result> {
  const part = async (path: string): Promise<Blob> => (await ask(`api/jobs/${job.id}/${path}`, { signal })).blob();
  const blob = await part("result");
  const format = job.format ?? "";
  return {
    blob,
    width: job.width,
    height: job.height,
    seconds: job.seconds,
    format,
    notes: job.notes,
    before: SHOWN.includes(suffix(file.name)) ? file : await part("preview/before"),
    after: SHOWN.includes(format) ? blob : await part("preview/after"),
  };
}

function suffix(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}
