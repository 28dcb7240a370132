/** Which shipped weights there are, and which serve a scale or a damage; as src/srcnn/zoo.py chooses. */

import type { Model } from "../backend";
import type { Card } from "./pixels";
import { coarseness } from "./jpeg";

/** A model as tools/static_page.py lists it. */
export interface Shipped extends Model {
  best: boolean;
  color: Card["color"];
  luma_range: Card["lumaRange"];
  channels: number;
  halo: number;
}

export interface Shelf {
  version: string;
  models: Shipped[];
}

export async function loadShelf(base: string): Promise<Shelf> {
  const response = await fetch(new URL("models/models.json", base));
  if (!response.ok) throw new Error(`models/models.json not found beside this page (status ${response.status}); build it with tools/static_page.py`);
  return (await response.json()) as Shelf;
}

/** The weights of a name for a scale: the nearest in the logarithm, of two equally near the larger one. */
export function findModel(models: Shipped[], name: string, scale: number): Shipped {
  const upscalers = models.filter((model) => model.task === "upscale" && model.scale !== null);
  const known = upscalers.filter((model) => (name === "best" ? model.best : model.name === `${name}-x${model.scale}` || model.name === name));
  const distance = (model: Shipped): number => Math.abs(Math.log((model.scale ?? 1) / scale));
  return chosen(known, name, (one, other) => distance(one) - distance(other) || (other.scale ?? 0) - (one.scale ?? 0));
}

/** The weights of a name for a JPEG's quality; null where the quality is above the best that there are weights for. */
export function findRestorer(models: Shipped[], name: string, quality: number | null, hasColor: boolean): Shipped | null {
  const whole = models.find((model) => model.name === name);
  if (whole !== undefined) return whole;
  const known = byQuality(models, name);
  if (quality === null) throw new Error("expected a JPEG; if the picture was one once, give the quality of the damage under More settings");
  const best = Math.max(...known.keys());
  if (quality > best) return null;
  const inColor = hasColor ? byQuality(models, `${name}-rgb`) : new Map<number, Shipped>();
  const candidates = inColor.size > 0 && quality <= Math.max(...inColor.keys()) ? inColor : known;
  const step = Math.max(coarseness(quality), 1);
  const distance = (other: number): number => Math.abs(Math.log(Math.max(coarseness(other), 1) / step));
  const nearest = [...candidates.keys()].sort((one, other) => distance(one) - distance(other) || other - one);
  return candidates.get(nearest[0]) ?? null;
}

/** The best quality that there are weights for. */
export function bestQuality(models: Shipped[], name: string): number {
  return Math.max(...byQuality(models, name).keys());
}

function byQuality(models: Shipped[], name: string): Map<number, Shipped> {
  const start = `${name}-jpeg`;
  const found = models.filter((model) => model.name.startsWith(start) && /^\d+$/.test(model.name.slice(start.length)));
  return new Map(found.map((model) => [Number(model.name.slice(start.length)), model]));
}

function chosen(known: Shipped[], name: string, order: (one: Shipped, other: Shipped) => number): Shipped {
  const first = [...known].sort(order).at(0);
  if (first === undefined) throw new Error(`expected the name of a model of this page, got ${name}`);
  return first;
}
