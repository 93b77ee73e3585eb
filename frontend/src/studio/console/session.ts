/** Loads one show for its host, keeps it up to date, and carries out what the host does. */
import { computed, onScopeDispose, reactive, ref, shallowRef, type ComputedRef } from "vue";

import {
  api, codeOf, newKey,
  type ProductCard, type ShelfItem, type ShowCard, type StreamHealth, type StreamKey, type StreamState,
} from "@/shared/api";
import { serverNow } from "@/shared/clock";
import { pick, translate } from "@/shared/i18n";
import {
  call, openRoom, reduceRoom, useChannel, useConnection, withFailure, withoutOwn, withOwn, withSale,
  type DropState, type PurchaseNote, type RoomState, type SaleState, type ShowEvent, type ShowSnapshot,
  type StudioEvent, type StudioPoint, type StudioSnapshot, type StudioStats,
} from "@/shared/realtime";
import { session } from "@/shared/session";

import { report, sentence, sentenceFor } from "../errors";
import { confirm } from "../ui/confirm";
import { notify } from "../ui/toasts";
import type { Console } from "./context";
import { dropsOf } from "./drops";
import type { LaunchDraft } from "./launch";
import * as shelves from "./shelf";

const STREAM_POLL_MS = 3_000;
const SERIES_POLL_MS = 30_000;
const SHELF_DELAY_MS = 250;
const NOTES_KEPT = 50;

export type Phase = "loading" | "ready" | "not_found" | "forbidden" | "failed";

interface Opened {
  console: Console;
  phase: ComputedRef<Phase>;
  load: () => Promise<void>;
}

export function openConsole(id: number): Opened {
  const base = `/api/shows/${id}`;
  const room = shallowRef<RoomState | null>(null);
  const shelf = shallowRef(shelves.opened([]));
  const sales = shallowRef<SaleState[]>([]);
  const drops = dropsOf(id);
  const notes = shallowRef<PurchaseNote[]>([]);
  const stats = shallowRef<StudioStats | null>(null);
  const series = shallowRef<StudioPoint[]>([]);
  const stream = shallowRef<StreamState | null>(null);
  const busy = reactive(new Set<string>());
  const loaded = ref(false);
  const trouble = ref<Phase | null>(null);
  const { state: connection } = useConnection();

  const present = (): RoomState => {
    if (!room.value) throw new Error("the console is used before its show has come");
    return room.value;
  };
  const change = (next: Partial<RoomState>) => { room.value = { ...present(), ...next }; };

  // Reading

  async function readShelf(): Promise<void> {
    shelf.value = shelves.opened(await api.get<ShelfItem[]>(`${base}/shelf/`));
  }
  async function readSales(): Promise<void> {
    for (const sale of await api.get<SaleState[]>(`${base}/sales/`)) saleChanged(sale);
  }
  async function readStream(): Promise<void> {
    stream.value = await api.get<StreamState>(`${base}/stream/`);
  }
  function measured(health: StreamHealth | null): void {
    // Where a picture comes or goes, more has changed than its figures.
    if (stream.value?.health && health) stream.value = { ...stream.value, health };
    else if (stream.value?.health || health) void readStream().catch(() => undefined);
  }
  async function readStats(): Promise<void> {
    const found = await api.get<StudioSnapshot>(`${base}/stats/`);
    stats.value = found.stats;
    series.value = found.series;
  }

  function saleChanged(sale: SaleState): void {
    sales.value = withSale(sales.value, sale);
  }

  async function load(): Promise<void> {
    trouble.value = null;
    try {
      await Promise.all([readStream(), readShelf(), readSales(), drops.read(), readStats()]);
      loaded.value = true;
    } catch (error) {
      const code = codeOf(error);
      trouble.value = code === "not_found" || code === "forbidden" ? code : "failed";
    }
  }

  /** The events of one move come close together; while a move of our own is under way its answer decides. */
  let shelfTimer: ReturnType<typeof setTimeout> | undefined;
  let moves = 0;
  function shelfChanged(): void {
    clearTimeout(shelfTimer);
    shelfTimer = setTimeout(() => {
      if (moves === 0) void readShelf().catch(() => undefined);
    }, SHELF_DELAY_MS);
  }

  const show = useChannel<ShowSnapshot, ShowEvent>(`show:${id}`, {
    snapshot(data, recovered) {
      const again = room.value !== null;
      room.value = openRoom(data, room.value, recovered);
      for (const sale of data.sales) saleChanged(sale);
      for (const drop of data.drops) drops.changed(drop);
      if (!again || recovered) return;
      for (const read of [readShelf, readSales, drops.read, readStream]) void read().catch(() => undefined);
    },
    event(event) {
      if (!room.value) return;
      const before = room.value;
      room.value = reduceRoom(before, event);
      switch (event.type) {
        case "sale.scheduled":
        case "sale.opened":
        case "sale.closed":
          saleChanged(event.sale);
          break;
        case "drop.scheduled":
        case "drop.opened":
        case "drop.closed":
          drops.changed(event.drop);
          break;
        case "item.changed":
        case "item.pinned":
          shelf.value = shelves.changed(shelf.value, event.item, event.version);
          break;
        case "shelf.changed":
          shelfChanged();
          break;
        case "stream.changed":
          void readStream().catch(() => undefined);
          break;
        case "show.ended":
          void readStats().catch(() => undefined);
          break;
        case "order.paid": {
          const [last] = room.value.notes.slice(-1);
          if (last && room.value.notes !== before.notes) notes.value = [...notes.value, last].slice(-NOTES_KEPT);
          break;
        }
      }
    },
  });

  const desk = useChannel<StudioSnapshot, StudioEvent>(`studio:${id}`, {
    snapshot(data) {
      stats.value = data.stats;
      series.value = data.series;
    },
    event(event) {
      if (event.type === "stats.counted") stats.value = event.stats;
      else if (event.type === "stream.measured") measured(event.health);
    },
  });

  const visible = () => document.visibilityState === "visible";
  const streamTimer = setInterval(() => {
    if (visible() && room.value && room.value.show.state !== "ended") void readStream().catch(() => undefined);
  }, STREAM_POLL_MS);
  const seriesTimer = setInterval(() => {
    if (visible() && room.value?.show.state === "live") void readStats().catch(() => undefined);
  }, SERIES_POLL_MS);
  onScopeDispose(() => {
    clearInterval(streamTimer);
    clearInterval(seriesTimer);
    clearTimeout(shelfTimer);
  });

  // Doing

  async function waiting<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    if (busy.has(name)) return null;
    busy.add(name);
    try {
      return await work();
    } catch (error) {
      report(error);
      return null;
    } finally {
      busy.delete(name);
    }
  }

  async function moving(work: () => Promise<void>): Promise<void> {
    moves += 1;
    try {
      await work();
    } catch (error) {
      report(error);
    } finally {
      moves -= 1;
      if (moves === 0) await readShelf().catch(() => undefined);
    }
  }

  async function togglePin(item: ShelfItem): Promise<void> {
    const before = present().pinnedIds;
    const pinned = before.includes(item.id);
    if (!pinned && before.length >= shelves.MAX_PINS) {
      notify(sentenceFor("too_many_pins"), { tone: "problem" });
      return;
    }
    const name = `pin:${item.id}`;
    if (busy.has(name)) return;
    busy.add(name);
    change({ pinnedIds: pinned ? before.filter((id) => id !== item.id) : [...before, item.id] });
    try {
      const answer = await call(pinned ? "item.unpin" : "item.pin", { show: id, item: item.id });
      change({ pinnedIds: answer.pinned });
    } catch (error) {
      const now = present().pinnedIds;
      change({ pinnedIds: pinned ? [...new Set([...now, item.id])] : now.filter((other) => other !== item.id) });
      report(error);
    } finally {
      busy.delete(name);
    }
  }

  async function markSoldOut(item: ShelfItem, soldOut: boolean): Promise<void> {
    const set = (value: boolean) => {
      shelf.value = {
        ...shelf.value,
        items: shelf.value.items.map((known) => (known.id === item.id ? { ...known, sold_out: value } : known)),
      };
    };
    set(soldOut);
    try {
      await api.patch<ShelfItem>(`${base}/shelf/${item.id}/`, { sold_out: soldOut });
    } catch (error) {
      set(!soldOut);
      report(error);
    }
  }

  async function reorder(ids: number[]): Promise<void> {
    const before = shelf.value;
    shelf.value = shelves.ordered(before, ids);
    await moving(async () => {
      try {
        await api.put(`${base}/shelf/order/`, { items: shelf.value.items.map((item) => item.id) });
      } catch (error) {
        shelf.value = before;
        throw error;
      }
    });
  }

  async function add(product: ProductCard): Promise<void> {
    await waiting(`add:${product.id}`, () => moving(async () => {
      const item = await api.post<ShelfItem>(`${base}/shelf/`, { product: product.id });
      shelf.value = { ...shelf.value, items: [...shelf.value.items, item] };
    }));
  }

  async function remove(item: ShelfItem): Promise<void> {
    const before = shelf.value;
    const pinned = present().pinnedIds.includes(item.id);
    shelf.value = shelves.without(before, item.id);
    let gone = false;
    await moving(async () => {
      try {
        await api.delete(`${base}/shelf/${item.id}/`);
        gone = true;
      } catch (error) {
        shelf.value = before;
        throw error;
      }
    });
    if (!gone) return;
    const ids = before.items.map((known) => known.id);
    notify(translate("studio.shelf.removed", { title: pick(item.product.title) }), {
      action: { label: translate("studio.undo"), run: () => void putBack(item, ids, pinned) },
    });
  }

  /** The item returns as a new one: to its place, with its marks. */
  async function putBack(item: ShelfItem, ids: number[], pinned: boolean): Promise<void> {
    await moving(async () => {
      const back = await api.post<ShelfItem>(`${base}/shelf/`, { product: item.product.id });
      shelf.value = { ...shelf.value, items: [...shelf.value.items, back] };
      shelf.value = shelves.ordered(shelf.value, ids.map((known) => (known === item.id ? back.id : known)));
      await api.put(`${base}/shelf/order/`, { items: shelf.value.items.map((known) => known.id) });
      if (item.sold_out) await api.patch(`${base}/shelf/${back.id}/`, { sold_out: true });
      if (pinned) change({ pinnedIds: (await call("item.pin", { show: id, item: back.id })).pinned });
    });
  }

  async function launch(draft: LaunchDraft, key: string): Promise<string | null> {
    const { sku, price, total, limit, countdown, duration } = draft;
    if (sku === null || price === null || total === null || limit === null || countdown === null || duration === null) {
      return sentenceFor("invalid");
    }
    try {
      const { sale } = await call("sale.launch", { show: id, sku, price, total, limit, countdown, duration, key });
      saleChanged(sale);
      return null;
    } catch (error) {
      return sentence(error);
    }
  }

  async function stop(sale: SaleState): Promise<void> {
    const answer = await waiting(`sale.stop:${sale.id}`, () => call("sale.stop", { sale: sale.id }));
    if (answer) saleChanged(answer.sale);
  }

  async function stopDrop(drop: DropState): Promise<void> {
    const answer = await waiting(`drop.stop:${drop.id}`, () => call("drop.stop", { drop: drop.id }));
    if (answer) drops.changed(answer.drop);
  }

  async function send(text: string, key = newKey()): Promise<void> {
    const me = session.user.value;
    if (!me) return;
    const author = { id: me.id, display_name: me.display_name, avatar: me.avatar, role: "host" as const };
    change({ rows: withOwn(present().rows, { author, text, key, at: serverNow() }) });
    try {
      const { message } = await call("chat.send", { channel: `show:${id}`, text, key });
      room.value = reduceRoom(present(), { type: "chat.sent", at: message.at, message });
    } catch (error) {
      change({ rows: withFailure(present().rows, key, codeOf(error)) });
    }
  }

  /** What the server answered, until the event with the next version says the same. */
  function showIs({ state, title, cover, ...card }: ShowCard): void {
    const at = (time: string | null) => (time ? Date.parse(time) : null);
    const times = { scheduled_at: at(card.scheduled_at), started_at: at(card.started_at), ended_at: at(card.ended_at) };
    change({ show: { ...present().show, state, title, cover, ...times } });
  }

  async function goLive(): Promise<void> {
    if (stream.value?.state !== "live") {
      const sure = await confirm({
        title: translate("studio.live.noStreamTitle"),
        text: translate("studio.live.noStreamText"),
        action: translate("studio.goLive"),
        grave: false,
      });
      if (!sure) return;
    }
    const card = await waiting("goLive", () => api.post<ShowCard>(`${base}/go-live/`));
    if (card) showIs(card);
  }

  async function end(): Promise<void> {
    const running = [...sales.value, ...drops.all.value].filter(({ state }) => state !== "closed").length;
    const sure = await confirm({
      title: translate("studio.live.endTitle"),
      text: translate(running ? "studio.live.endWithSales" : "studio.live.endText", { count: running }),
      action: translate("studio.end"),
      grave: true,
    });
    const card = sure ? await waiting("end", () => api.post<ShowCard>(`${base}/end/`)) : null;
    if (card) showIs(card);
  }

  async function rotateKey(): Promise<StreamKey | null> {
    const key = await waiting("key", () => api.post<StreamKey>(`${base}/stream-key/`));
    if (key) void readStream().catch(() => undefined);
    return key;
  }

  const phase = computed<Phase>(() => {
    if (trouble.value) return trouble.value;
    const shut = show.refusal.value ?? desk.refusal.value;
    if (shut) return shut === "not_found" || shut === "forbidden" ? shut : "failed";
    return loaded.value && room.value ? "ready" : "loading";
  });

  return {
    phase,
    load,
    console: {
      id,
      get room() { return present(); },
      get shelf() { return shelf.value.items; },
      get sales() { return sales.value; },
      get drops() { return drops.all.value; },
      get notes() { return notes.value; },
      get stats() { return stats.value; },
      get series() { return series.value; },
      get stream() { return stream.value; },
      get connection() { return connection.value; },
      get onAir() { return room.value?.show.state === "live"; },
      busy,
      togglePin,
      markSoldOut,
      reorder,
      add,
      remove,
      launch,
      stop,
      saleChanged,
      droppable: drops.coupons,
      dropGroups: drops.groups,
      drop: drops.launch,
      stopDrop,
      dropChanged: drops.changed,
      send,
      discard: (key) => { change({ rows: withoutOwn(present().rows, key) }); },
      showIs,
      goLive,
      end,
      rotateKey,
    },
  };
}
