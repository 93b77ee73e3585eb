/** One show as a viewer sees it: snapshot, events, and the viewer's own comments on their way. */
import { computed, onScopeDispose, ref, shallowRef } from "vue";
import type { ComputedRef, Ref, ShallowRef } from "vue";

import { codeOf, newKey, type ShelfItem, type User } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import {
  call, mergeMessages, onPersonal, openRoom, pinnedOf, reduceDrop, reduceRoom, reduceSale, useChannel,
  withDrop, withFailure, withOwn, withoutOwn, withSale,
  type DropEvent, type DropSnapshot, type Message, type RoomState, type SaleEvent, type SaleSnapshot,
  type ShowEvent, type ShowSnapshot, type UserEvent,
} from "@/shared/realtime";
import { useScopes } from "@/shared/scopes";

import { noteClaim } from "../checkout/purchases";
import { useReturn } from "../moderation/useReturn";
import { noteSnapshot, watchGrants } from "./drops";
import { useScreen } from "./useScreen";

// Each waits some seconds for the connection.
const SEND_TRIES = 4;

type Happening = ShowEvent | SaleEvent | DropEvent;

export interface Room {
  state: ShallowRef<RoomState | null>;
  pinned: ComputedRef<ShelfItem[]>;
  refusal: Readonly<Ref<string | null>>;
  /** Kept out by a ban or a kick. */
  banned: Readonly<Ref<boolean>>;
  /** The code word of the refusal, or null. */
  say: (text: string, as: User, key?: string) => Promise<string | null>;
  drop: (key: string) => void;
  /** Calls `listener` with every comment as it arrives, not with those that were there before. */
  onComment: (listener: (message: Message) => void) => void;
  /** Asks the server anew how far one is with what a drop asks for. */
  refreshDrop: (id: number) => void;
}

export function useRoom(showId: number): Room {
  const state = shallowRef<RoomState | null>(null);
  const listeners = new Set<(message: Message) => void>();
  const entered = ref(0);
  let queue: Happening[] = [];
  let flushing = false;

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
    let room = state.value;
    if (!room) return;
    for (const event of events) room = apply(room, event);
    state.value = room;
  }

  function apply(room: RoomState, event: Happening): RoomState {
    if (event.type === "stock.changed") {
      const known = room.sales.find(({ id }) => id === event.sale);
      return known ? { ...room, sales: withSale(room.sales, reduceSale(known, event)) } : room;
    }
    if (event.type === "drop.counted") {
      const known = room.drops.find(({ id }) => id === event.drop);
      return known ? { ...room, drops: withDrop(room.drops, reduceDrop(known, event)) } : room;
    }
    return reduceRoom(room, event);
  }

  function happened(event: Happening): void {
    queue.push(event);
    flushSoon();
  }

  const entry = useChannel<ShowSnapshot, ShowEvent>(`show:${showId}`, {
    snapshot: (snapshot, recovered) => {
      flush();
      state.value = openRoom(snapshot, state.value, recovered);
      entered.value += 1;
    },
    event: (event) => {
      happened(event);
      if (event.type === "chat.sent") for (const listener of listeners) listener(event.message);
    },
  });
  const banned = useReturn(`show:${showId}`, entry);
  // One's own that a verdict has put out of the others' sight.
  onScopeDispose(onPersonal({
    snapshot: () => undefined,
    event: (event) => {
      const news = event as UserEvent;
      if (news.type === "chat.kept" && news.channel === `show:${showId}`) happened({ ...news, type: "chat.restored" });
    },
  }));

  // Every sale and drop that is coming or running has a channel of its own; entering it brings its counts, and what one
  // has of it.
  const running = (things: { id: number; state: string }[] | undefined) => {
    return (things ?? []).filter(({ state: name }) => name !== "closed").map(({ id }) => id);
  };
  useScopes(() => running(state.value?.sales), (id) => {
    useChannel<SaleSnapshot, SaleEvent>(`sale:${id}`, {
      snapshot: ({ sale, mine }) => {
        if (state.value) state.value = { ...state.value, sales: withSale(state.value.sales, sale) };
        for (const claim of mine) noteClaim(claim);
      },
      event: happened,
    });
  });
  const drops = useScopes(() => running(state.value?.drops), (id) => {
    useChannel<DropSnapshot, DropEvent>(`drop:${id}`, {
      snapshot: (snapshot) => {
        if (state.value) state.value = { ...state.value, drops: withDrop(state.value.drops, snapshot.drop) };
        noteSnapshot(snapshot, serverNow());
      },
      event: happened,
    });
  });
  onScopeDispose(watchGrants());
  // In the background the time that is still to be watched stood still: the server says how far one is.
  useScreen(showId, entered, () => {
    for (const { id, state: name, conditions } of state.value?.drops ?? []) {
      if (name !== "closed" && conditions.some(({ kind }) => kind === "watched")) drops.again(id);
    }
  });

  function changeRows(change: (rows: RoomState["rows"]) => RoomState["rows"]): void {
    if (state.value) state.value = { ...state.value, rows: change(state.value.rows) };
  }

  /** Under one key a message is said once, so what a lost connection swallowed is simply sent again. */
  async function sent(text: string, key: string): Promise<{ message: Message }> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await call("chat.send", { channel: `show:${showId}`, text, key });
      } catch (error) {
        if (tries >= SEND_TRIES || codeOf(error) !== "network") throw error;
      }
    }
  }

  async function say(text: string, as: User, key = newKey()): Promise<string | null> {
    const author = { id: as.id, display_name: as.display_name, avatar: as.avatar, role: null };
    changeRows((rows) => withOwn(rows, { author, text, key, at: serverNow() }));
    try {
      const { message } = await sent(text, key);
      changeRows((rows) => mergeMessages(rows, [message]));
      return null;
    } catch (error) {
      changeRows((rows) => withFailure(rows, key, codeOf(error)));
      return codeOf(error);
    }
  }

  return {
    state,
    pinned: computed(() => (state.value ? pinnedOf(state.value) : [])),
    refusal: entry.refusal,
    banned,
    say,
    drop: (key) => { changeRows((rows) => withoutOwn(rows, key)); },
    onComment: (listener) => { listeners.add(listener); },
    refreshDrop: drops.again,
  };
}
