/** The form of settings: what can be chosen, and what is chosen. */

import { MODES, type Capabilities, type Model, type Options } from "../backend";
import { find, findAll, make } from "./dom";

const ALPHA_LABELS: Partial<Record<string, string>> = {
  network: "enlarged by the network",
  bicubic: "enlarged by bicubic",
  drop: "dropped",
};
/** Of its weights, those for the quality that a file itself says. */
const BY_FILE = "9-5-5";
const NO_LIMIT = 100;

export class Settings {
  readonly form = find("#settings", HTMLFormElement);

  constructor(capabilities: Capabilities, models: Model[], changed: () => void) {
    fill(this.select("format"), [["", "as the picture"], ...capabilities.formats.map((format): Choice => [format.name, format.label])]);
    fill(this.select("alpha"), capabilities.alphaModes.map((mode): Choice => [mode, ALPHA_LABELS[mode] ?? mode]));
    this.fillModels(models);
    for (const field of findAll("[data-needs]", HTMLElement, this.form)) {
      if (!(capabilities.settings as string[]).includes(field.dataset.needs ?? "")) field.remove();
    }
    this.form.noValidate = true; // `complain` says what is wrong, also in what is folded
    this.form.addEventListener("input", () => {
      this.arrange();
      changed();
    });
    this.arrange();
  }

  /** The settings; null where a number is missing or out of range. */
  options(): Options | null {
    if (!this.form.checkValidity()) return null;
    const task = this.task();
    const size = this.text("size");
    const isUpscale = task === "upscale";
    return {
      task,
      scale: !isUpscale || size === "width" ? null : size === "scale" ? this.number("scale") : Number(size),
      width: isUpscale && size === "width" ? this.number("width") : null,
      model: this.text(isUpscale ? "upscaler" : "restorer"),
      ensemble: this.text("ensemble") === "on",
      restoreFirst: isUpscale && this.text("restoreFirst") === "on",
      damageQuality: this.number("damageQuality"),
      backProjection: isUpscale ? (this.number("backProjection") ?? 0) : 0,
      alpha: this.text("alpha"),
      format: this.text("format") || null,
      quality: this.number("quality") ?? NO_LIMIT,
      depth: this.number("depth"),
      background: this.text("background") || null,
      strip: this.text("strip") === "on",
    };
  }

  /** Show what is wrong, if anything is, where it stands. */
  complain(): void {
    const wrong = this.form.querySelector(":invalid:not(fieldset)");
    const folded = wrong?.closest("details");
    if (folded) folded.open = true;
    this.form.reportValidity();
  }

  task(): "upscale" | "restore" {
    return this.text("task") === "restore" ? "restore" : "upscale";
  }

  /** Show the fields that the others leave a meaning to; those hidden are disabled, so that none of them is wrong. */
  private arrange(): void {
    const task = this.task();
    const size = this.text("size");
    for (const part of findAll("[data-for]", HTMLElement, this.form)) {
      const isOff = part.dataset.for !== task || (part.dataset.size ?? size) !== size;
      part.hidden = isOff;
      for (const input of findAll("input:not([type=radio])", HTMLInputElement, part)) input.disabled = isOff;
    }
  }

  private fillModels(models: Model[]): void {
    const upscalers = models.filter((model) => model.task === "upscale");
    const families = [...new Set(upscalers.map((model) => model.name.replace(/-x[\d.]+$/, "")))].sort(byLength);
    const select = this.select("upscaler");
    fill(select, Object.entries(MODES).map(([name, mode]): Choice => [name, mode?.label ?? name]));
    group(select, "networks, nearest scale", families.map((name): Choice => [name, name]));
    select.value = "balanced";
    const restorers = models.filter((model) => model.task === "restore").map((model) => model.name);
    const others = this.select("restorer");
    fill(others, [[BY_FILE, "automatic"]]);
    group(others, "for one damage", restorers.sort(byLength).map((name): Choice => [name, name]));
  }

  private select(name: string): HTMLSelectElement {
    return find(`[name=${name}]`, HTMLSelectElement, this.form);
  }

  private text(name: string): string {
    const value = new FormData(this.form).get(name);
    return typeof value === "string" ? value : "";
  }

  private number(name: string): number | null {
    const text = this.text(name);
    return text === "" ? null : Number(text);
  }
}

/** A value and what it is called. */
type Choice = [string, string];

function fill(target: HTMLSelectElement | HTMLOptGroupElement, choices: Choice[]): void {
  for (const [value, label] of choices) {
    const option = make("option", label);
    option.value = value;
    target.append(option);
  }
}

function group(select: HTMLSelectElement, label: string, choices: Choice[]): void {
  const part = make("optgroup");
  part.label = label;
  fill(part, choices);
  select.append(part);
}

function byLength(one: string, other: string): number {
  return one.length - other.length || one.localeCompare(other, "en", { numeric: true });
}
