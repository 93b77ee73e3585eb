import { onBeforeUnmount, onMounted } from "vue";

/** The keys of the console, in the order in which the list shows them. The sentences are `studio.keys.<name>`. */
export const KEYS = [
  { name: "pin", shown: ["1", "–", "9"] },
  { name: "launch", shown: ["L"] },
  { name: "drop", shown: ["D"] },
  { name: "add", shown: ["A"] },
  { name: "chat", shown: ["M"] },
  { name: "move", shown: ["Alt", "↑ ↓"] },
  { name: "live", shown: ["G"] },
  { name: "escape", shown: ["Esc"] },
  { name: "help", shown: ["?"] },
] as const;

export interface KeyActions {
  pin: (number: number) => void;
  launch: () => void;
  drop: () => void;
  add: () => void;
  chat: () => void;
  live: () => void;
  help: () => void;
}

const WRITING = "input, textarea, select, [contenteditable], [role='combobox']";

/** A closed dialog stays in the document, without a box. */
function dialogOpen(): boolean {
  return [...document.querySelectorAll("[aria-modal='true']")].some((dialog) => dialog.getClientRects().length > 0);
}

/** Single keys act only while nobody is writing and no dialog is open; combinations stay the browser's. */
export function useKeys(actions: KeyActions): void {
  function pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(WRITING) || dialogOpen()) return;
    const key = event.key.toLowerCase();
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    if (digit && !event.shiftKey) actions.pin(Number(digit));
    else if (key === "l") actions.launch();
    else if (key === "d") actions.drop();
    else if (key === "a") actions.add();
    else if (key === "m") actions.chat();
    else if (key === "g") actions.live();
    else if (event.key === "?") actions.help();
    else return;
    event.preventDefault();
  }
  onMounted(() => { window.addEventListener("keydown", pressed); });
  onBeforeUnmount(() => { window.removeEventListener("keydown", pressed); });
}
