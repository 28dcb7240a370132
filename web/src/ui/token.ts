/** Asks for the token of the service; one question at a time, however many requests wait for it. */

import { find } from "./dom";

let asked: Promise<string> | null = null;

export function askToken(): Promise<string> {
  asked ??= new Promise<string>((resolve) => {
    const dialog = find("#ask-token", HTMLDialogElement);
    const field = find("#token", HTMLInputElement);
    field.value = "";
    dialog.showModal();
    const answer = (): void => {
      if (field.value === "") {
        dialog.showModal();
        return;
      }
      dialog.removeEventListener("close", answer);
      asked = null;
      resolve(field.value.trim());
    };
    dialog.addEventListener("close", answer);
  });
  return asked;
}
