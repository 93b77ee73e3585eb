/** Loads one show for its host, keeps it up to date, and carries out what the host does. */
import { computed, onScopeDispose, ref, shallowRef, type ComputedRef } from "vue";

import {
  api, codeOf, newKey,
  type ShowCard, type StreamHealth, type StreamKey, type StreamState,
} from "@/shared/api";
import { serverNow } from "@/shared/clock";
import { translate } from "@/shared/i18n";
import type { LaunchDraft } from "@/shared/launch";
import {
  call, openRoom, reduceRoom, useChannel, useConnection, withFailure, withoutOwn, withOwn, withSale,
  type DropState, type PurchaseNote, type RoomState, type SaleState, type ShowEvent, type ShowSnapshot,
  type StudioEvent, type StudioPoint, type StudioSnapshot, type StudioStats,
} from "@/shared/realtime";
import { session } from "@/shared/session";

import { sentence, sentenceFor } from "../errors";
import { confirm } from "../ui/confirm";
import { busyDeeds } from "./busy";
import type { Console } from "./context";
import { dropsOf } from "./drops";
import * as shelves from "./shelf";
import { shelfOf } from "./shelving";

const STREAM_POLL_MS = 3_000;
const SERIES_POLL_MS = 30_000;
const NOTES_KEPT = 50;

export type Phase = "loading" | "ready" | "not_found" | "forbidden" | "failed";

interface Opened {
  console: Console;
  phase: ComputedRef<Phase>;
  load: () => Promise<void>;
}

export function openConsole(id: number): Opened {
  const path = { show_id: id };
  const deeds = busyDeeds();
  const room = shallowRef<RoomState | null>(null);
  const sales = shallowRef<SaleState[]>([]);
  const drops = dropsOf(id);
  const notes = shallowRef<PurchaseNote[]>([]);
  const stats = shallowRef<StudioStats | null>(null);
  const series = shallowRef<StudioPoint[]>([]);
  const stream = shallowRef<StreamState | null>(null);
  const { names: busy, waiting } = deeds;
  const loaded = ref(false);
  const trouble = ref<Phase | null>(null);
  const { state: connection } = useConnection();

  const present = (): RoomState => {
    if (!room.value) throw new Error("the console is used before its show has come");
    return room.value;
  };
  const change = (next: Partial<RoomState>) => { room.value = { ...present(), ...next }; };

  const { shelf, ...shelving } = shelfOf(id, deeds, {
    get: () => present().pinnedIds,
    set: (pinnedIds) => { change({ pinnedIds }); },
  });

  // Reading

  async function readSales(): Promise<void> {
    for (const sale of await api.get("/api/shows/{show_id}/sales/", { path })) saleChanged(sale);
  }
  async function readStream(): Promise<void> {
    stream.value = await api.get("/api/shows/{show_id}/stream/", { path });
  }
  function measured(health: StreamHealth | null): void {
    // Where a picture comes or goes, more has changed than its figures.
    if (stream.value?.health && health) stream.value = { ...stream.value, health };
    else if (stream.value?.health || health) void readStream().catch(() => undefined);
  }
  async function readStats(): Promise<void> {
    const found = await api.get("/api/shows/{show_id}/stats/", { path });
    stats.value = found.stats;
    series.value = found.series;
  }

  function saleChanged(sale: SaleState): void {
    sales.value = withSale(sales.value, sale);
  }

  async function load(): Promise<void> {
    trouble.value = null;
    try {
      await Promise.all([readStream(), shelving.read(), readSales(), drops.read(), readStats()]);
      loaded.value = true;
    } catch (error) {
      const code = codeOf(error);
      trouble.value = code === "not_found" || code === "forbidden" ? code : "failed";
    }
  }

  const show = useChannel<ShowSnapshot, ShowEvent>(`show:${id}`, {
    snapshot(data, recovered) {
      const again = room.value !== null;
      room.value = openRoom(data, room.value, recovered);
      for (const sale of data.sales) saleChanged(sale);
      for (const drop of data.drops) drops.changed(drop);
      if (!again || recovered) return;
      for (const read of [shelving.read, readSales, drops.read, readStream]) void read().catch(() => undefined);
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
          shelving.changed();
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
  });

  // Doing

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
    const card = await waiting("goLive", () => api.post("/api/shows/{show_id}/go-live/", { path }));
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
    const card = sure ? await waiting("end", () => api.post("/api/shows/{show_id}/end/", { path })) : null;
    if (card) showIs(card);
  }

  async function rotateKey(): Promise<StreamKey | null> {
    const key = await waiting("key", () => api.post("/api/shows/{show_id}/stream-key/", { path }));
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
      togglePin: shelving.togglePin,
      markSoldOut: shelving.markSoldOut,
      reorder: shelving.reorder,
      add: shelving.add,
      remove: shelving.remove,
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
