/** One show as a viewer sees it: snapshot, events, and the viewer's own comments on their way. */
import { computed, effectScope, onScopeDispose, shallowRef, watch } from "vue";
import type { ComputedRef, EffectScope, ShallowRef } from "vue";

import { codeOf, newKey, type ShelfItem, type User } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import {
  call, mergeMessages, openRoom, pinnedOf, reduceRoom, reduceSale, useChannel,
  withFailure, withOwn, withoutOwn, withSale,
  type Message, type RoomState, type SaleEvent, type SaleSnapshot, type ShowEvent, type ShowSnapshot,
} from "@/shared/realtime";

import { noteClaim } from "../checkout/purchases";

// Each waits some seconds for the connection.
const SEND_TRIES = 4;

export interface Room {
  state: ShallowRef<RoomState | null>;
  pinned: ComputedRef<ShelfItem[]>;
  refusal: Readonly<ShallowRef<string | null>>;
  say: (text: string, as: User, key?: string) => Promise<void>;
  drop: (key: string) => void;
  /** Calls `listener` with every comment as it arrives, not with those that were there before. */
  onComment: (listener: (message: Message) => void) => void;
}

export function useRoom(showId: number): Room {
  const state = shallowRef<RoomState | null>(null);
  const listeners = new Set<(message: Message) => void>();
  let queue: (ShowEvent | SaleEvent)[] = [];
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

  function apply(room: RoomState, event: ShowEvent | SaleEvent): RoomState {
    if (event.type !== "stock.changed") return reduceRoom(room, event);
    const known = room.sales.find(({ id }) => id === event.sale);
    return known ? { ...room, sales: withSale(room.sales, reduceSale(known, event)) } : room;
  }

  function happened(event: ShowEvent | SaleEvent): void {
    queue.push(event);
    flushSoon();
  }

  const { refusal } = useChannel<ShowSnapshot, ShowEvent>(`show:${showId}`, {
    snapshot: (snapshot, recovered) => {
      flush();
      state.value = openRoom(snapshot, state.value, recovered);
    },
    event: (event) => {
      happened(event);
      if (event.type === "chat.sent") for (const listener of listeners) listener(event.message);
    },
  });

  // Every sale that is coming or running has a channel of its own; entering it brings its stock and one's claims.
  const open = new Map<number, EffectScope>();
  const running = computed(() => {
    return (state.value?.sales ?? []).filter(({ state: sale }) => sale !== "closed").map(({ id }) => id).join();
  });
  watch(running, (ids) => {
    const wanted = new Set(ids ? ids.split(",").map(Number) : []);
    for (const [id, scope] of open) {
      if (!wanted.has(id)) {
        scope.stop();
        open.delete(id);
      }
    }
    for (const id of wanted) if (!open.has(id)) open.set(id, enterSale(id));
  }, { immediate: true });
  onScopeDispose(() => { for (const scope of open.values()) scope.stop(); });

  function enterSale(id: number): EffectScope {
    const scope = effectScope(true);
    scope.run(() => {
      useChannel<SaleSnapshot, SaleEvent>(`sale:${id}`, {
        snapshot: ({ sale, mine }) => {
          if (state.value) state.value = { ...state.value, sales: withSale(state.value.sales, sale) };
          for (const claim of mine) noteClaim(claim);
        },
        event: happened,
      });
    });
    return scope;
  }

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

  async function say(text: string, as: User, key = newKey()): Promise<void> {
    const author = { id: as.id, display_name: as.display_name, avatar: as.avatar, role: null };
    changeRows((rows) => withOwn(rows, { author, text, key, at: serverNow() }));
    try {
      const { message } = await sent(text, key);
      changeRows((rows) => mergeMessages(rows, [message]));
    } catch (error) {
      changeRows((rows) => withFailure(rows, key, codeOf(error)));
    }
  }

  return {
    state,
    pinned: computed(() => (state.value ? pinnedOf(state.value) : [])),
    refusal,
    say,
    drop: (key) => { changeRows((rows) => withoutOwn(rows, key)); },
    onComment: (listener) => { listeners.add(listener); },
  };
}
