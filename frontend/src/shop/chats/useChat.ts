/** One chat as it is on the screen: what is said, what was missed, what is read, who is writing. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";

import { api } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import {
  call, caughtUp, isAtEnd, isBehind, onPersonal, openChat, openedAt, reduceChat, useChannel, useConnection,
  withMembership, withMessages, withOlder, withPage, withReaction, type ChatEvent, type ChatSnapshot, type ChatState,
  type Mention, type Message, type ReactParams, type UserEvent,
} from "@/shared/realtime";
import { serial } from "@/shared/serial";

import { useReturn } from "../moderation/useReturn";
import { idOf, noteLast, notePlace } from "./conversations";
import { giveUp, onSent, unsentIn, type Unsent } from "./unsent";

const PAGE = 100;
const CHANGES = 200;
/** An event that came before an earlier one waits so long for it; then it is looked up. */
const PATIENCE_MS = 2_000;
const READ_MS = 800;
const TYPING_MS = 5_000;
const TYPING_TOLD_MS = 3_000;
const MOST_WHO_SEE_TYPING = 100;
const HERE_MS = 15_000;

export interface Chat {
  state: ShallowRef<ChatState | null>;
  refusal: Readonly<Ref<string | null>>;
  /** It is a sanction that shuts the door. */
  banned: Readonly<Ref<boolean>>;
  unsent: ComputedRef<readonly Unsent[]>;
  /** Names of those who are writing. */
  typists: ComputedRef<string[]>;
  /** Others who have it open now. */
  others: Readonly<Ref<number>>;
  olderFailed: Readonly<Ref<boolean>>;
  older: () => Promise<void>;
  newer: () => Promise<void>;
  /** Puts the message on the page; false where it cannot be read. */
  open: (seq: number) => Promise<boolean>;
  toEnd: () => Promise<void>;
  read: (seq: number) => void;
  typing: () => void;
  edit: (seq: number, text: string, mentions: Mention[]) => Promise<void>;
  recall: (seq: number) => Promise<void>;
  pin: (seq: number, pinned: boolean) => Promise<void>;
  react: (message: Message, emoji: string, added: boolean) => Promise<void>;
}

export function useChat(channel: string, me: number): Chat {
  const state = shallowRef<ChatState | null>(null);
  const { online } = useConnection();
  const path = { conversation_id: idOf(channel) };
  const pageOf = (query: { after?: number; before?: number }) => {
    return api.get("/api/conversations/{conversation_id}/messages/", { path, query: { ...query, limit: PAGE } });
  };
  let queue: ChatEvent[] = [];
  let flushing = false;
  let isOver = false;

  function update(change: (chat: ChatState) => ChatState): void {
    if (state.value && !isOver) state.value = change(state.value);
  }

  // However many events arrive, the page is drawn once a frame; a hidden page gets no frames, so a timer backs it.
  function flushSoon(): void {
    if (flushing) return;
    flushing = true;
    if (document.hidden) setTimeout(flush, 250);
    else requestAnimationFrame(flush);
  }

  function flush(): void {
    flushing = false;
    const events = queue;
    queue = [];
    if (!events.length) return;
    update((chat) => events.reduce(reduceChat, chat));
    tellList();
  }

  function tellList(): void {
    const last = state.value?.messages.at(-1);
    if (last && last.seq === state.value?.lastSeq) noteLast(channel, last);
  }

  // --- What was missed ---

  const catchUp = serial(async () => {
    while (state.value && isBehind(state.value) && !isOver) {
      const { change: since, lastChange } = state.value;
      const page = await api.get("/api/conversations/{conversation_id}/changes/", {
        path,
        query: { since, limit: CHANGES },
      });
      const last = page.messages.at(-1)?.change ?? since;
      update((chat) => caughtUp(withPage(chat, page), page.more ? last : Math.max(last, lastChange)));
      tellList();
    }
  });
  let patience: ReturnType<typeof setTimeout> | undefined;

  function soon(): void {
    patience ??= setTimeout(() => {
      patience = undefined;
      if (!state.value || !isBehind(state.value)) return;
      // Without a connection it fails, and is asked again.
      void catchUp().catch(() => undefined).then(soon);
    }, PATIENCE_MS);
  }
  watch(() => state.value !== null && isBehind(state.value), (behind) => { if (behind) soon(); });

  const entry = useChannel<ChatSnapshot, ChatEvent>(channel, {
    snapshot: (snapshot, recovered) => {
      flush();
      state.value = openChat(snapshot, me, state.value, recovered);
      notePlace(channel, state.value.membership);
      tellList();
      void catchUp().catch(soon);
      void countHere();
    },
    event: (event) => {
      if (event.type === "chat.typing") {
        if (event.user.id !== me) heard(event.user.id, event.user.display_name);
        return;
      }
      if (event.type === "chat.sent") silent(event.message.author.id);
      queue.push(event);
      flushSoon();
    },
  });

  const { refusal, subscribed, peopleHere } = entry;
  const banned = useReturn(channel, entry);

  // Where a block keeps two members apart, who is writing and what was read is told person by person.
  onScopeDispose(onPersonal({
    snapshot: () => undefined,
    event: (event) => {
      const news = event as UserEvent;
      if (news.type === "chat.kept" && news.channel === channel) {
        queue.push({ ...news, type: "chat.restored" });
        flushSoon();
      }
      if ((news.type !== "typing.told" && news.type !== "read.told") || news.channel !== channel) return;
      if (news.type === "typing.told") heard(news.user.id, news.user.display_name);
      else update((chat) => reduceChat(chat, { ...news, type: "read.moved" }));
    },
  }));

  // --- Pages ---

  const olderFailed = ref(false);
  const older = serial(async () => {
    const chat = state.value;
    if (!chat || chat.complete) return;
    const before = chat.messages[0]?.seq ?? chat.through + 1;
    try {
      const page = await pageOf({ before });
      olderFailed.value = false;
      const isSame = (now: ChatState) => (now.messages[0]?.seq ?? now.through + 1) === before;
      update((now) => (isSame(now) ? withOlder(now, page, page.messages.length < PAGE) : now));
    } catch {
      olderFailed.value = true;
    }
  });

  const newer = serial(async () => {
    const chat = state.value;
    if (!chat || isAtEnd(chat)) return;
    const page = await pageOf({ after: chat.through });
    update((now) => withPage(now, page));
  });

  async function open(seq: number): Promise<boolean> {
    const page = await pageOf({ before: seq + PAGE / 2 });
    if (!page.messages.some((message) => message.seq === seq)) return false;
    update((chat) => openedAt(chat, page, page.messages.length < PAGE));
    return true;
  }

  async function toEnd(): Promise<void> {
    if (!state.value || isAtEnd(state.value)) return;
    const page = await pageOf({});
    update((chat) => openedAt(chat, page, page.messages.length < PAGE));
  }

  // --- What is read, here and on other devices ---

  let readSeq = 0;
  let toldSeq = 0;
  let reading: ReturnType<typeof setTimeout> | undefined;

  async function tellRead(): Promise<void> {
    reading = undefined;
    if (readSeq <= Math.max(toldSeq, state.value?.membership.read_seq ?? 0)) return;
    const seq = readSeq;
    try {
      const { membership } = await call("conversation.read", { channel, seq });
      toldSeq = seq;
      update((chat) => withMembership(chat, membership));
      notePlace(channel, membership);
    } catch {
      // It is unread on other devices until it is seen again, or the connection is back.
    }
  }

  function read(seq: number): void {
    readSeq = Math.max(readSeq, seq);
    if (readSeq > (state.value?.membership.read_seq ?? 0)) reading ??= setTimeout(() => void tellRead(), READ_MS);
  }
  watch(online, (isOnline) => { if (isOnline) read(readSeq); });
  onScopeDispose(onPersonal({
    snapshot: () => undefined,
    event: (event) => {
      const happened = event as UserEvent;
      if (happened.type === "conversation.changed" && happened.channel === channel) {
        update((chat) => withMembership(chat, happened.membership));
      }
    },
  }));

  // --- Who is writing, who is here ---

  const writing = shallowRef<ReadonlyMap<number, { name: string; timer: ReturnType<typeof setTimeout> }>>(new Map());

  function silent(id: number): void {
    const known = writing.value.get(id);
    if (!known) return;
    clearTimeout(known.timer);
    const rest = new Map(writing.value);
    rest.delete(id);
    writing.value = rest;
  }

  function heard(id: number, name: string): void {
    clearTimeout(writing.value.get(id)?.timer);
    const timer = setTimeout(() => { silent(id); }, TYPING_MS);
    writing.value = new Map(writing.value).set(id, { name, timer });
  }

  let typingTold = 0;

  function typing(): void {
    const count = state.value?.members?.count ?? 2;
    if (count > MOST_WHO_SEE_TYPING || !online.value || serverNow() - typingTold < TYPING_TOLD_MS) return;
    typingTold = serverNow();
    // Whoever may not write hears so when it is sent.
    void call("chat.typing", { channel }).catch(() => undefined);
  }

  const others = ref(0);

  async function countHere(): Promise<void> {
    if (!document.hidden && subscribed.value) others.value = Math.max(0, (await peopleHere()) - 1);
  }
  const counting = setInterval(() => void countHere(), HERE_MS);

  // --- What becomes of messages ---

  function placed(message: Message): void {
    update((chat) => withMessages(chat, [message]));
    tellList();
  }

  async function edit(seq: number, text: string, mentions: Mention[]): Promise<void> {
    placed((await call("chat.edit", { channel, seq, text, mentions })).message);
  }

  async function recall(seq: number): Promise<void> {
    placed((await call("chat.recall", { channel, seq })).message);
  }

  async function pin(seq: number, pinned: boolean): Promise<void> {
    placed((await call(pinned ? "chat.pin" : "chat.unpin", { channel, seq })).message);
  }

  async function react({ seq }: Message, emoji: string, added: boolean): Promise<void> {
    const params = { channel, seq, emoji: emoji as ReactParams["emoji"] };
    const { message } = await call(added ? "chat.react" : "chat.unreact", params);
    update((chat) => withReaction(withMessages(chat, [message]), message, emoji, added));
  }

  onScopeDispose(onSent((where, message) => { if (where === channel) placed(message); }));
  onScopeDispose(() => {
    // What was seen last is told, also by whoever leaves at once.
    if (reading) void tellRead();
    isOver = true;
    clearTimeout(patience);
    clearTimeout(reading);
    clearInterval(counting);
    for (const { timer } of writing.value.values()) clearTimeout(timer);
  });

  const confirmed = computed(() => {
    const last = state.value?.messages.slice(-100) ?? [];
    return new Set(last.filter(({ author }) => author.id === me).map(({ key }) => key));
  });

  // What was held is sent by whoever let it through.
  watch(confirmed, (keys) => {
    for (const one of unsentIn(channel)) if (one.state === "failed" && keys.has(one.key)) giveUp(one);
  });

  return {
    state,
    refusal,
    banned,
    unsent: computed(() => unsentIn(channel).filter(({ key }) => !confirmed.value.has(key))),
    typists: computed(() => [...writing.value.values()].map(({ name }) => name)),
    others,
    olderFailed,
    older,
    newer: () => newer().catch(() => undefined),
    open,
    toEnd,
    read,
    typing,
    edit,
    recall,
    pin,
    react,
  };
}

