/** Ways in for pictures: dropped, pasted, chosen. */

import { find } from "./dom";

/** Calls `add` with the files that the user gives, wherever on the page. */
export function listenForFiles(add: (files: File[]) => void): void {
  const input = find("#files", HTMLInputElement);
  input.addEventListener("change", () => {
    add([...(input.files ?? [])]);
    input.value = ""; // so that the same file can be chosen again
  });
  window.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      add(files);
    }
  });
  const target = document.documentElement;
  let depth = 0; // elements entered and not left: leaving an inner one leaves nothing
  window.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    target.classList.add("dropping");
  });
  window.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    if (depth <= 0) target.classList.remove("dropping");
  });
  window.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  window.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    target.classList.remove("dropping");
    add([...(event.dataTransfer?.files ?? [])]);
  });
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
