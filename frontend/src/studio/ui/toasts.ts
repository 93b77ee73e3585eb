import { reactive } from "vue";

export type ToastTone = "done" | "problem" | "news";

export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
  action: { label: string; run: () => void } | null;
}

const SHOWN_MS = 6_000;
/** Long enough to read what is wrong, or to reach the button. */
const LONG_MS = 10_000;
const MAX_SHOWN = 4;

export const toasts: Toast[] = reactive([]);
let lastId = 0;

export function dismiss(id: number): void {
  const place = toasts.findIndex((toast) => toast.id === id);
  if (place >= 0) toasts.splice(place, 1);
}

export function notify(text: string, options: { tone?: ToastTone; action?: Toast["action"] } = {}): void {
  const tone = options.tone ?? "done";
  const again = toasts.find((toast) => toast.text === text && !toast.action);
  if (again) dismiss(again.id);
  lastId += 1;
  const id = lastId;
  toasts.push({ id, tone, text, action: options.action ?? null });
  if (toasts.length > MAX_SHOWN) toasts.shift();
  setTimeout(() => { dismiss(id); }, tone === "problem" || options.action ? LONG_MS : SHOWN_MS);
}
