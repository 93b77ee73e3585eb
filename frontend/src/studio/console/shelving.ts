/** A show's shelf as its host arranges it: read, and changed at once, the server's answer following. */
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";

import { api, type ProductCard, type ShelfItem } from "@/shared/api";
import { pick, translate } from "@/shared/i18n";
import { call } from "@/shared/realtime";

import { report, sentenceFor } from "../errors";
import { notify } from "../ui/toasts";
import type { Busy } from "./busy";
import * as shelves from "./shelf";

const SHELF_DELAY_MS = 250;

/** What is pinned stands in the room. */
interface Pins {
  get: () => number[];
  set: (ids: number[]) => void;
}

interface Shelving {
  shelf: ShallowRef<shelves.Shelf>;
  read: () => Promise<void>;
  /** The room says that it is another one now. */
  changed: () => void;
  togglePin: (item: ShelfItem) => Promise<void>;
  markSoldOut: (item: ShelfItem, soldOut: boolean) => Promise<void>;
  reorder: (ids: number[]) => Promise<void>;
  add: (product: ProductCard) => Promise<void>;
  remove: (item: ShelfItem) => Promise<void>;
}

export function shelfOf(id: number, busy: Busy, pins: Pins): Shelving {
  const path = { show_id: id };
  const shelf = shallowRef(shelves.opened([]));

  async function read(): Promise<void> {
    shelf.value = shelves.opened(await api.get("/api/shows/{show_id}/shelf/", { path }));
  }

  /** The events of one move come close together; while a move of our own is under way its answer decides. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  let moves = 0;
  function changed(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (moves === 0) void read().catch(() => undefined);
    }, SHELF_DELAY_MS);
  }
  onScopeDispose(() => { clearTimeout(timer); });

  async function moving(work: () => Promise<void>): Promise<void> {
    moves += 1;
    try {
      await work();
    } catch (error) {
      report(error);
    } finally {
      moves -= 1;
      if (moves === 0) await read().catch(() => undefined);
    }
  }

  async function togglePin(item: ShelfItem): Promise<void> {
    const before = pins.get();
    const pinned = before.includes(item.id);
    if (!pinned && before.length >= shelves.MAX_PINS) {
      notify(sentenceFor("too_many_pins"), { tone: "problem" });
      return;
    }
    const name = `pin:${item.id}`;
    if (busy.names.has(name)) return;
    busy.names.add(name);
    pins.set(pinned ? before.filter((id) => id !== item.id) : [...before, item.id]);
    try {
      const answer = await call(pinned ? "item.unpin" : "item.pin", { show: id, item: item.id });
      pins.set(answer.pinned);
    } catch (error) {
      const now = pins.get();
      pins.set(pinned ? [...new Set([...now, item.id])] : now.filter((other) => other !== item.id));
      report(error);
    } finally {
      busy.names.delete(name);
    }
  }

  const mark = (item: number, soldOut: boolean) => api.patch("/api/shows/{show_id}/shelf/{item_id}/", {
    path: { ...path, item_id: item },
    body: { sold_out: soldOut },
  });
  const put = (product: number) => api.post("/api/shows/{show_id}/shelf/", { path, body: { product } });
  const order = () => {
    const body = { items: shelf.value.items.map((known) => known.id) };
    return api.put("/api/shows/{show_id}/shelf/order/", { path, body });
  };

  async function markSoldOut(item: ShelfItem, soldOut: boolean): Promise<void> {
    const set = (value: boolean) => {
      shelf.value = {
        ...shelf.value,
        items: shelf.value.items.map((known) => (known.id === item.id ? { ...known, sold_out: value } : known)),
      };
    };
    set(soldOut);
    try {
      await mark(item.id, soldOut);
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
        await order();
      } catch (error) {
        shelf.value = before;
        throw error;
      }
    });
  }

  async function add(product: ProductCard): Promise<void> {
    await busy.waiting(`add:${product.id}`, () => moving(async () => {
      const item = await put(product.id);
      shelf.value = { ...shelf.value, items: [...shelf.value.items, item] };
    }));
  }

  async function remove(item: ShelfItem): Promise<void> {
    const before = shelf.value;
    const pinned = pins.get().includes(item.id);
    shelf.value = shelves.without(before, item.id);
    let gone = false;
    await moving(async () => {
      try {
        await api.delete("/api/shows/{show_id}/shelf/{item_id}/", { path: { ...path, item_id: item.id } });
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
      const back = await put(item.product.id);
      shelf.value = { ...shelf.value, items: [...shelf.value.items, back] };
      shelf.value = shelves.ordered(shelf.value, ids.map((known) => (known === item.id ? back.id : known)));
      await order();
      if (item.sold_out) await mark(back.id, true);
      if (pinned) pins.set((await call("item.pin", { show: id, item: back.id })).pinned);
    });
  }

  return { shelf, read, changed, togglePin, markSoldOut, reorder, add, remove };
}
