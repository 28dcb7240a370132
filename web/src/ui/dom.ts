/** Finding and making elements. */

type Kind<T> = new () => T;

/** The element of a selector; that it is missing, or of another kind, is a defect of the page. */
export function find<T extends Element>(selector: string, kind: Kind<T>, root: ParentNode = document): T {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`${selector} is not there`);
  return found;
}

export function findAll<T extends Element>(selector: string, kind: Kind<T>, root: ParentNode = document): T[] {
  return [...root.querySelectorAll(selector)].filter((element): element is T => element instanceof kind);
}

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/** Say something to those who hear the page instead of seeing it. */
export function announce(text: string): void {
  find("#news", HTMLElement).textContent = text;
}
