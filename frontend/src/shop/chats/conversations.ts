/** One's groups and direct chats, the same on every page and live; read when they are first needed. */
import { computed, shallowRef, watch } from "vue";

import { api, ApiError } from "@/shared/api";
import {
  listedIn, NO_CONVERSATIONS, onPersonal, reduceList, withLastMessage, withList, withListed, withPlace,
  type Listed, type Membership, type Message, type UserEvent, type UserSnapshot,
} from "@/shared/realtime";
import { onUserChange, session } from "@/shared/session";

const AGAIN_MS = 60_000;

const state = shallowRef(NO_CONVERSATIONS);
const told = shallowRef(0);
const failure = shallowRef<unknown>(null);
const loaded = shallowRef(false);
let loading: Promise<void> | undefined;
// Since the list that is on its way was asked for, something has happened that it may not show.
let outdated = false;
let started = false;

const shown = computed(() => listedIn(state.value));

export const conversations = {
  list: computed(() => shown.value.conversations),
  requests: computed(() => shown.value.requests),
  /** Until the list is here, what the server counted. */
  unread: computed(() => (loaded.value ? shown.value.unread : told.value)),
  loaded,
  failure,
};

export function listedAs(channel: string): Listed | undefined {
  return state.value.all[channel];
}

export function idOf(channel: string): number {
  return Number(channel.slice(channel.indexOf(":") + 1));
}

async function load(): Promise<void> {
  const person = session.user.value?.id;
  if (!person) return;
  const asked = state.value;
  try {
    const found = await api.get("/api/conversations/");
    if (session.user.value?.id !== person) return;
    state.value = withList(state.value, [...found.conversations, ...found.requests] as Listed[], asked);
    loaded.value = true;
    failure.value = null;
  } catch (error) {
    failure.value = error;
  }
}

async function loadUntilCurrent(): Promise<void> {
  do {
    outdated = false;
    await load();
  } while (outdated);
}

/** Reads the list anew; asked for several times at once, it is read once. */
export function loadConversations(): Promise<void> {
  loading ??= loadUntilCurrent().finally(() => { loading = undefined; });
  return loading;
}

function loadAfterNews(): void {
  if (loading) outdated = true;
  else void loadConversations();
}

async function lookUp(channel: string): Promise<void> {
  try {
    noteListed(await api.get("/api/conversations/{conversation_id}/", { path: { conversation_id: idOf(channel) } }));
  } catch (error) {
    // It may be over again; anything else is mended when the list is read next.
    if (!(error instanceof ApiError)) throw error;
  }
}

export function noteListed(listed: Listed): void {
  state.value = withListed(state.value, listed);
}

export function notePlace(channel: string, membership: Membership): void {
  state.value = withPlace(state.value, channel, membership);
}

/** What is seen in an open chat is true of the list as well. */
export function noteLast(channel: string, message: Message): void {
  const me = session.user.value?.id;
  if (me) state.value = withLastMessage(state.value, channel, message, me);
}

export async function setPlace(channel: string, place: { muted?: boolean; pinned?: boolean }): Promise<void> {
  notePlace(channel, await api.patch("/api/conversations/{conversation_id}/place/", {
    path: { conversation_id: idOf(channel) },
    body: place,
  }));
}

function happened(event: UserEvent): void {
  const me = session.user.value?.id;
  if (!me || !/^(conversation|mention)\./.test(event.type)) return;
  if (!loaded.value) {
    // From here on the badge needs to know which.
    loadAfterNews();
  }
  const isNew = event.type === "conversation.touched" && !event.message.hidden && !state.value.all[event.channel];
  state.value = reduceList(state.value, event, me);
  if (isNew && loaded.value) void lookUp(event.channel);
}

export function startConversations(): void {
  if (started) return;
  started = true;
  onUserChange(() => {
    state.value = NO_CONVERSATIONS;
    told.value = 0;
    loaded.value = false;
    failure.value = null;
  });
  onPersonal({
    snapshot: (data) => {
      told.value = (data as UserSnapshot).unread;
      // What was said last is not told again to whoever was away.
      if (loaded.value || loading) loadAfterNews();
    },
    event: (event) => { happened(event as UserEvent); },
  });
}

/** Keeps the list fresh while a page shows it: large groups do not tell every member of every message. */
export function watchConversations(): () => void {
  const look = () => { if (!document.hidden) void loadConversations(); };
  const stop = watch(() => session.user.value?.id, (id) => { if (id) look(); }, { immediate: true });
  const timer = setInterval(look, AGAIN_MS);
  document.addEventListener("visibilitychange", look);
  return () => {
    stop();
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
