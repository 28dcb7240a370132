/** Figures in words. */

export function inBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${threeDigits(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${threeDigits(bytes / 1e6)} MB` : `${threeDigits(bytes / 1e9)} GB`;
}

export function inSeconds(seconds: number): string {
  const whole = Math.round(seconds); // first: 119.7 s are no 1 min 60 s
  return whole < 60 ? `${threeDigits(seconds)} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function inPixels(width: number, height: number): string {
  return `${width} × ${height}`;
}

export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** How many of several pictures are done, and how many have failed; of one alone nothing. */
export function tally(states: readonly string[]): string {
  if (states.length < 2) return "";
  const [done = 0, failed = 0] = ["done", "failed"].map((state) => states.filter((each) => each === state).length);
  return `; ${done} of ${states.length} done${failed > 0 ? `, ${failed} failed` : ""}`;
}

/** What is said of one picture, with the tally of all; some errors are sentences with an end of their own. */
export function news(words: string, states: readonly string[]): string {
  const all = tally(states);
  if (!/[.?!]$/.test(words)) return `${words}${all}.`;
  return all === "" ? words : `${words} ${all.slice(2)}.`;
}

/** What an error says. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function threeDigits(number: number): string {
  if (number < 0.1) return number.toFixed(2);
  return number < 10 ? number.toFixed(1) : number.toFixed(0);
}
