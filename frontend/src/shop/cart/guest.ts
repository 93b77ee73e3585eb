/** The cart of who is not logged in: kept in the browser, priced by the server, brought along at log-in. */
import { newKey, type Money } from "@/shared/api";

const STORAGE_KEY = "souk.cart";
export const MOST_LINES = 120;
export const MOST_UNITS = 99;

export interface GuestLine {
  sku: number;
  quantity: number;
  selected: boolean;
  price_when_added: Money | null;
}

/** `key` names this cart, so that it is brought along once however often that is tried. */
export interface GuestCart {
  key: string;
  lines: GuestLine[];
}

const isUnits = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 1;

function lineOf(value: unknown): GuestLine[] {
  const { sku, quantity, selected, price_when_added: price } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (!isUnits(sku) || !isUnits(quantity) || quantity > MOST_UNITS) return [];
  const { amount, currency } = (price ?? {}) as Partial<Record<string, unknown>>;
  const seen = Number.isInteger(amount) && typeof currency === "string" ? { amount: Number(amount), currency } : null;
  return [{ sku, quantity, selected: selected !== false, price_when_added: seen }];
}

/** What was kept; what cannot be read is left out. */
export function readGuest(text: string | null): GuestCart {
  try {
    const kept = JSON.parse(text ?? "null") as Partial<Record<string, unknown>> | null;
    const lines = Array.isArray(kept?.lines) ? kept.lines.flatMap(lineOf) : [];
    const unique = lines.filter(({ sku }, at) => lines.findIndex((line) => line.sku === sku) === at);
    if (typeof kept?.key === "string" && /^[!-~]{1,64}$/.test(kept.key)) {
      return { key: kept.key, lines: unique.slice(0, MOST_LINES) };
    }
  } catch {
    // Somebody wrote something else there.
  }
  return { key: newKey(), lines: [] };
}

/** Newest first; units of the same SKU add up to what a line may have. */
export function withUnits(cart: GuestCart, sku: number, quantity: number, price: Money): GuestCart {
  const known = cart.lines.find((line) => line.sku === sku);
  const units = Math.min(MOST_UNITS, (known?.quantity ?? 0) + quantity);
  if (known) return changed(cart, sku, { quantity: units, price_when_added: price });
  return { ...cart, lines: [{ sku, quantity: units, selected: true, price_when_added: price }, ...cart.lines] };
}

export function changed(cart: GuestCart, sku: number, to: Partial<GuestLine>): GuestCart {
  return { ...cart, lines: cart.lines.map((line) => (line.sku === sku ? { ...line, ...to } : line)) };
}

export function without(cart: GuestCart, skus: readonly number[]): GuestCart {
  return { ...cart, lines: cart.lines.filter(({ sku }) => !skus.includes(sku)) };
}

export function selected(cart: GuestCart, skus: readonly number[] | null, to: boolean): GuestCart {
  const isMeant = (sku: number) => skus === null || skus.includes(sku);
  return { ...cart, lines: cart.lines.map((line) => (isMeant(line.sku) ? { ...line, selected: to } : line)) };
}

export function loadGuest(): GuestCart {
  try {
    return readGuest(localStorage.getItem(STORAGE_KEY));
  } catch {
    return { key: newKey(), lines: [] };
  }
}

export function keepGuest(cart: GuestCart): void {
  try {
    if (cart.lines.length) localStorage.setItem(STORAGE_KEY, JSON.stringify(cart));
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Private browsing: it lasts as long as the page.
  }
}
