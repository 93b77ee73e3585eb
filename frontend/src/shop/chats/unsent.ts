/** One's own messages on their way: one after the other, each under its key, kept until they are sent or given up. */
import { shallowRef, watch } from "vue";

import { codeOf, newKey } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import {
  call, useConnection, type Mention, type Message, type Quote, type SentFile, type ShareCard,
} from "@/shared/realtime";
import { onUserChange } from "@/shared/session";

/** What a message may have beside its text; a file or a card, not both. */
export interface Beside {
  reply?: Quote | null;
  file?: SentFile | null;
  card?: ShareCard | null;
  mentions?: Mention[];
}

export interface Unsent extends Beside {
  channel: string;
  key: string;
  text: string;
  at: number;
  /** `waiting` for a connection. */
  state: "sending" | "waiting" | "failed";
  /** The code word of the refusal. */
  error: string;
}

const MOST_KEPT = 200;
const AGAIN_MS = 5_000;
const storageKey = (user: number) => `souk.unsent.${user}`;

const all = shallowRef<readonly Unsent[]>([]);
const busy = new Set<string>();
const listeners = new Set<(channel: string, message: Message) => void>();
const refusalListeners = new Set<(unsent: Unsent) => void>();
let person: number | null = null;

function stored(user: number): Unsent[] {
  try {
    const found = JSON.parse(localStorage.getItem(storageKey(user)) ?? "[]") as Unsent[];
    return found.map((one) => (one.state === "sending" ? { ...one, state: "waiting" } : one));
  } catch {
    return [];
  }
}

function set(next: readonly Unsent[]): void {
  all.value = next.slice(-MOST_KEPT);
  if (person === null) return;
  try {
    if (next.length) localStorage.setItem(storageKey(person), JSON.stringify(all.value));
    else localStorage.removeItem(storageKey(person));
  } catch {
    // Then they last as long as this page.
  }
}

function change(key: string, changes: Partial<Unsent>): void {
  set(all.value.map((one) => (one.key === key ? { ...one, ...changes } : one)));
}

/** Those of a channel, in the order of writing. */
export function unsentIn(channel: string): readonly Unsent[] {
  return all.value.filter((one) => one.channel === channel);
}

async function pump(channel: string): Promise<void> {
  if (busy.has(channel)) return;
  busy.add(channel);
  const user = person;
  for (;;) {
    const next = all.value.find((one) => one.channel === channel && one.state !== "failed");
    if (!next || person !== user) break;
    const { key, text, reply, file, card, mentions = [] } = next;
    try {
      const beside = { reply_to: reply?.seq ?? null, upload: file?.upload ?? null, card: card?.about ?? null };
      const { message } = await call("chat.send", { channel, text, key, mentions, ...beside });
      for (const listener of listeners) listener(channel, message);
      if (person === user) set(all.value.filter((one) => one.key !== key));
    } catch (error) {
      if (person !== user) break;
      if (codeOf(error) === "network") {
        change(key, { state: "waiting" });
        setTimeout(() => void pump(channel), AGAIN_MS);
        break;
      }
      const failed = { state: "failed", error: codeOf(error) } as const;
      change(key, failed);
      for (const listener of refusalListeners) listener({ ...next, ...failed });
    }
  }
  busy.delete(channel);
}

function pumpAll(): void {
  for (const channel of new Set(all.value.map((one) => one.channel))) void pump(channel);
}

export function say(channel: string, text: string, beside: Beside): void {
  const at = serverNow();
  const draft: Unsent = { ...beside, channel, key: newKey(), text, at, state: "sending", error: "" };
  set([...all.value, draft]);
  void pump(channel);
}

export function sayAgain({ channel, key }: Unsent): void {
  change(key, { state: "sending", error: "" });
  void pump(channel);
}

export function giveUp({ key }: Unsent): void {
  set(all.value.filter((one) => one.key !== key));
}

/** Calls `listener` with every message that was placed. Returns how to stop. */
export function onSent(listener: (channel: string, message: Message) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls `listener` with every message that was refused. Returns how to stop. */
export function onRefused(listener: (unsent: Unsent) => void): () => void {
  refusalListeners.add(listener);
  return () => refusalListeners.delete(listener);
}

let started = false;

export function startSending(): void {
  if (started) return;
  started = true;
  onUserChange((user) => {
    const before = person;
    person = user?.id ?? null;
    // Whoever uses this device next should not read it.
    if (before !== null && person === null) localStorage.removeItem(storageKey(before));
    all.value = person === null ? [] : stored(person);
  });
  const { online } = useConnection();
  watch([online, all], ([isOnline], before) => {
    if (isOnline && !before[0]) pumpAll();
  }, { immediate: true });
}
