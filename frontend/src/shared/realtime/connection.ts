/** The one socket of this page. Whoever is logged in comes with a token; a guest comes without. */
import type { Centrifuge, Subscription } from "centrifuge";
import { computed, onScopeDispose, readonly, ref, shallowRef, toValue, watch } from "vue";
import type { MaybeRefOrGetter, Ref } from "vue";

import { api, ApiError } from "../api";
import { noteServerTime } from "../clock";
import { onUserChange, session } from "../session";
import type { Methods } from "./wire";

export type ConnectionState = "idle" | "connecting" | "reconnecting" | "connected" | "refused";

interface Handlers {
  snapshot: (data: unknown, recovered: boolean) => void;
  event: (event: { type: string; at: number }) => void;
  /** The door stayed shut; `code` is the server's word, such as `not_found`. */
  refused?: (code: string) => void;
}

/** What the engine itself refuses (`docs/errors.md`), in the words of the rest. */
const ENGINE_WORDS: Record<number, string> = {
  100: "server",
  101: "login_required",
  103: "forbidden",
  104: "not_found",
  107: "invalid",
  111: "too_fast",
};

const state = ref<ConnectionState>("idle");
const channels = new Map<string, { handlers: Handlers; subscription?: Subscription }>();
const personal = new Set<Handlers>();

let client: Centrifuge | undefined;
let ready: Promise<Centrifuge> | undefined;
let started = false;
let identity: number | null | undefined;
let generation = 0;

function socketAddress(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/connection/websocket`;
}

function deliver(handlers: Handlers, data: { type: string; at: number }): void {
  noteServerTime(data.at);
  handlers.event(data);
}

function attach(connected: Centrifuge, channel: string): void {
  const entry = channels.get(channel);
  if (!entry || entry.subscription) return;
  const subscription = connected.newSubscription(channel, { recoverable: true, positioned: true });
  entry.subscription = subscription;
  subscription.on("subscribed", ({ data, wasRecovering, recovered }) => {
    entry.handlers.snapshot(data, wasRecovering && recovered);
  });
  subscription.on("publication", ({ data }) => { deliver(entry.handlers, data); });
  subscription.on("unsubscribed", ({ code, reason }) => {
    // 0: by this page itself.
    if (code !== 0) entry.handlers.refused?.(reason || "unknown");
  });
  subscription.subscribe();
}

async function tokenFor(unauthorized: new (message: string) => Error): Promise<string> {
  try {
    return (await api.post("/api/realtime/token")).token;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
      void session.reload().catch(() => undefined);
      throw new unauthorized("unauthorized");
    }
    throw error;
  }
}

async function connectAs(user: number | null): Promise<Centrifuge> {
  const own = ++generation;
  const { Centrifuge, UnauthorizedError } = await import("centrifuge");
  if (own !== generation && ready) return ready;
  client?.removeAllListeners();
  client?.disconnect();
  for (const entry of channels.values()) delete entry.subscription;
  const options = user === null ? {} : { getToken: () => tokenFor(UnauthorizedError) };
  const next = new Centrifuge(socketAddress(), { ...options, name: "web", maxReconnectDelay: 10_000 });
  client = next;
  let before = false;
  next.on("connecting", () => { state.value = before ? "reconnecting" : "connecting"; });
  next.on("connected", () => {
    before = true;
    state.value = "connected";
  });
  next.on("disconnected", () => { state.value = "refused"; });
  next.on("subscribed", ({ data, wasRecovering, recovered }) => {
    for (const handlers of personal) handlers.snapshot(data, wasRecovering && recovered);
  });
  next.on("publication", ({ data }) => {
    for (const handlers of personal) deliver(handlers, data);
  });
  for (const channel of channels.keys()) attach(next, channel);
  next.connect();
  return next;
}

/** Connects once, and again as somebody else whenever somebody logs in or out. */
export function startRealtime(): void {
  if (started) return;
  started = true;
  const become = (next: number | null) => {
    if (next === identity) return;
    identity = next;
    ready = connectAs(next);
  };
  onUserChange((user) => { become(user?.id ?? null); });
  // Who this is could not be asked: watching still works.
  session.start().catch(() => { become(null); });
}

async function connection(): Promise<Centrifuge | undefined> {
  startRealtime();
  await session.start().catch(() => null);
  return ready;
}

/** Tries again after the server refused the connection. */
export function reconnect(): void {
  client?.connect();
}

/** Calls a method; throws `ApiError` with the server's word as `code`, `network` when no answer came. */
export async function call<Name extends keyof Methods>(
  method: Name,
  params: Methods[Name][0],
): Promise<Methods[Name][1]> {
  try {
    const connected = await connection();
    if (!connected) throw new ApiError("network", 0);
    return (await connected.rpc(method, params)).data as Methods[Name][1];
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const { code, message } = error as { code?: number; message?: string };
    const word = code && code >= 400 ? message : ENGINE_WORDS[code ?? 0];
    throw new ApiError(word ?? "network", word && code ? code : 0);
  }
}

export function useConnection(): { state: Readonly<Ref<ConnectionState>>; online: Readonly<Ref<boolean>> } {
  return { state: readonly(state), online: computed(() => state.value === "connected") };
}

/** Subscribes while `channel` is not null and the scope lives. One subscriber a channel on a page. */
export function useChannel<Snapshot, Event extends { type: string; at: number }>(
  channel: MaybeRefOrGetter<string | null>,
  handle: { snapshot: (data: Snapshot, recovered: boolean) => void; event: (event: Event) => void },
): {
  refusal: Readonly<Ref<string | null>>;
  /** Tries once more to enter where the door stayed shut. */
  again: () => void;
  subscribed: Readonly<Ref<boolean>>;
  /** How many people have it open now; 0 where that is not told. */
  peopleHere: () => Promise<number>;
} {
  const refusal = shallowRef<string | null>(null);
  const subscribed = ref(false);

  function enter(name: string): () => void {
    refusal.value = null;
    subscribed.value = false;
    const handlers: Handlers = {
      snapshot: (data, recovered) => {
        subscribed.value = true;
        handle.snapshot(data as Snapshot, recovered);
      },
      event: (event) => { handle.event(event as Event); },
      refused: (code) => { refusal.value = code; },
    };
    channels.set(name, { handlers });
    startRealtime();
    if (client) attach(client, name);
    return () => {
      const entry = channels.get(name);
      if (entry?.handlers !== handlers) return;
      channels.delete(name);
      if (entry.subscription) {
        entry.subscription.removeAllListeners();
        entry.subscription.unsubscribe();
        client?.removeSubscription(entry.subscription);
      }
    };
  }

  let leave: (() => void) | undefined;
  watch(() => toValue(channel), (name) => {
    leave?.();
    leave = name ? enter(name) : undefined;
  }, { immediate: true });
  onScopeDispose(() => leave?.());

  function again(): void {
    refusal.value = null;
    channels.get(toValue(channel) ?? "")?.subscription?.subscribe();
  }

  async function peopleHere(): Promise<number> {
    const subscription = channels.get(toValue(channel) ?? "")?.subscription;
    if (!subscription || state.value !== "connected") return 0;
    return subscription.presenceStats().then(({ numUsers }) => numUsers, () => 0);
  }

  return { refusal: readonly(refusal), again, subscribed: readonly(subscribed), peopleHere };
}

/** Listens to the person's own channel, to which the server subscribes by itself. */
export function onPersonal(handlers: Handlers): () => void {
  personal.add(handlers);
  return () => personal.delete(handlers);
}
