/** The one cart of the page: the person's own on every device, or a guest's in this browser. */
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";

import { api, ApiError, type CartBody, type CartLine, type Money } from "@/shared/api";
import { translate } from "@/shared/i18n";
import { onUserChange, session } from "@/shared/session";

import { personal } from "../checkout/purchases";
import { toast, toastError } from "../ui/toast";
import { changed, keepGuest, loadGuest, selected, withUnits, without, type GuestCart } from "./guest";

const EMPTY: CartBody = { version: 0, count: 0, units: 0, lines: [], totals: [] };

const body = shallowRef<CartBody | null>(null);
const failure = shallowRef<unknown>(null);
let guest: GuestCart = loadGuest();
// One change after the other: what the last one answers is the cart.
let queue: Promise<unknown> = Promise.resolve();
let waiting = 0;

export const cart = {
  body: body as Readonly<ShallowRef<CartBody | null>>,
  failure: failure as Readonly<ShallowRef<unknown>>,
  /** For the badge: the number of lines. */
  count: computed(() => (isBehind() ? personal.value.cart : body.value)?.count ?? 0) as ComputedRef<number>,
};

/** Whether another device has changed it since it was read here. */
function isBehind(): boolean {
  return personal.value.cart.version > (body.value?.version ?? -1);
}

function become(next: CartBody): void {
  // An answer that was overtaken by a later one.
  if (session.user.value && body.value && next.version < body.value.version) return;
  body.value = next;
  failure.value = null;
}

async function priced(): Promise<CartBody> {
  if (!guest.lines.length) return EMPTY;
  const found = await api.post("/api/cart/preview/", { body: { lines: guest.lines } });
  // What is no more in the catalogue is no more in the cart.
  const known = found.lines.map(({ sku }) => sku);
  guest = without(guest, guest.lines.map(({ sku }) => sku).filter((sku) => !known.includes(sku)));
  keepGuest(guest);
  return found;
}

export async function loadCart(): Promise<void> {
  try {
    become(session.user.value ? await api.get("/api/cart/") : await priced());
  } catch (error) {
    failure.value = error;
  }
}

/** Reads what was heard of. Own changes answer by themselves: what comes meanwhile is looked at behind the last. */
async function catchUp(): Promise<void> {
  if (session.user.value && body.value && !waiting && isBehind()) await loadCart();
}

/** Runs when the changes before it are done. Returns whether it worked; if not, says why and shows what is true. */
function change(ask: () => Promise<CartBody>, onGuest: (cart: GuestCart) => GuestCart): Promise<boolean> {
  waiting += 1;
  const turn = queue.then(async () => {
    try {
      await session.start();
      if (session.user.value) become(await ask());
      else {
        guest = onGuest(guest);
        keepGuest(guest);
        become(await priced());
      }
      return true;
    } catch (error) {
      toastError(error);
      await loadCart();
      return false;
    } finally {
      waiting -= 1;
      void catchUp();
    }
  });
  queue = turn;
  return turn;
}

/** Shown at once; what the server answers replaces it. */
function showLines(lines: CartLine[]): void {
  if (body.value) body.value = { ...body.value, lines, count: lines.length };
}

function showLine(sku: number, to: Partial<CartLine>): void {
  showLines((body.value?.lines ?? []).map((line) => (line.sku === sku ? { ...line, ...to } : line)));
}

export function addToCart(sku: { id: number; price: Money }, quantity: number): Promise<boolean> {
  return change(
    () => api.post("/api/cart/lines/", { body: { sku: sku.id, quantity } }),
    (kept) => withUnits(kept, sku.id, quantity, sku.price),
  );
}

export function setQuantity(sku: number, quantity: number): Promise<boolean> {
  showLine(sku, { quantity });
  return change(
    () => api.patch("/api/cart/lines/{sku_id}/", { path: { sku_id: sku }, body: { quantity } }),
    (kept) => changed(kept, sku, { quantity }),
  );
}

/** Lines by their SKU, or all of them. */
export function select(skus: number[] | null, to: boolean): Promise<boolean> {
  const isMeant = (line: CartLine) => skus === null || skus.includes(line.sku);
  showLines((body.value?.lines ?? []).map((line) => (isMeant(line) ? { ...line, selected: to } : line)));
  return change(
    () => api.post("/api/cart/select/", { body: skus === null ? { all: true, selected: to } : { skus, selected: to } }),
    (kept) => selected(kept, skus, to),
  );
}

export function removeLines(skus: number[]): Promise<boolean> {
  showLines((body.value?.lines ?? []).filter(({ sku }) => !skus.includes(sku)));
  return change(
    () => api.post("/api/cart/remove/", { body: { skus } }),
    (kept) => without(kept, skus),
  );
}

/** What was collected before the log-in joins the person's own; the same key again changes nothing. */
async function bringAlong(): Promise<void> {
  const { key, lines } = guest;
  if (!lines.length) return;
  try {
    const asked = { key, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
    const { refused } = await api.post("/api/cart/merge/", { body: asked });
    if (refused.length) toast(translate("cart.refused", { count: refused.length }));
  } catch (error) {
    // Without an answer it is tried again with the next page; a refusal would be the same again.
    if (!(error instanceof ApiError) || !error.status || error.status >= 500) return;
    toastError(error);
  }
  guest = { ...loadGuest(), lines: [] };
  keepGuest(guest);
  guest = loadGuest();
}

export function startCart(): void {
  onUserChange((user) => {
    body.value = null;
    queue = queue.then(async () => {
      if (user) await bringAlong();
      await loadCart();
      await catchUp();
    });
  });
  watch(() => personal.value.cart, () => void catchUp());
  // The same browser, another tab.
  window.addEventListener("storage", ({ key }) => {
    if (key !== "souk.cart" && key !== null) return;
    guest = loadGuest();
    if (!session.user.value) void loadCart();
  });
}
