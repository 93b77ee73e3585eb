/** What the person holds or has yet to pay, live over their own channel; the same on every page. */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from "vue";

import type { Order } from "@/shared/api";
import { useNow } from "@/shared/clock";
import { pick, translate } from "@/shared/i18n";
import {
  NOTHING_PERSONAL, onPersonal, openClaims, openPersonal, reducePersonal, withClaim, withOrder, withSanction,
  type Claim, type OrderBrief, type PersonalState, type Sanction, type UserEvent, type UserSnapshot,
} from "@/shared/realtime";
import { onUserChange } from "@/shared/session";

import { toast } from "../ui/toast";

const state = shallowRef(NOTHING_PERSONAL);
/** All that is known of the person from `user:<id>`. */
export const personal = state as Readonly<ShallowRef<PersonalState>>;
interface Listener {
  happened: (event: UserEvent) => void;
  missed: (() => void) | undefined;
}

const listeners = new Set<Listener>();
let person: number | null = null;

// Which order came of which claim: a claim is held until its order is paid, but what is left to do is to pay the order.
const CLAIM_ORDERS = "souk.claimOrders";
const orderOfClaim = shallowRef<Record<string, string>>(readClaimOrders());

function readClaimOrders(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(CLAIM_ORDERS) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

export function linkClaim(claim: number, order: string): void {
  const entries = [...Object.entries(orderOfClaim.value), [String(claim), order] as const].slice(-30);
  orderOfClaim.value = Object.fromEntries(entries);
  try {
    localStorage.setItem(CLAIM_ORDERS, JSON.stringify(orderOfClaim.value));
  } catch {
    // Then only this page knows.
  }
}

export function noteClaim(claim: Claim): void {
  state.value = withClaim(state.value, claim);
}

/** What one is held to, as the server tells it who asks. */
export function noteSanctions(sanctions: readonly Sanction[]): void {
  for (const one of sanctions) state.value = withSanction(state.value, one);
}

/** What was just ordered, before its event comes. */
export function noteOrders(orders: readonly Order[]): void {
  for (const { number, state: name, total, expires_at } of orders) {
    const brief = { number, state: name, total, expires_at: Date.parse(expires_at), version: 0 };
    state.value = withOrder(state.value, brief);
  }
}

export function startPurchases(): void {
  onUserChange((user) => {
    if ((user?.id ?? null) !== person) state.value = NOTHING_PERSONAL;
    person = user?.id ?? null;
  });
  onPersonal({
    snapshot: (data, recovered) => {
      state.value = openPersonal(data as UserSnapshot, state.value, recovered);
      if (!recovered) for (const { missed } of listeners) missed?.();
    },
    event: (event) => {
      const personal = event as UserEvent;
      if (personal.type === "claim.expired" && state.value.claims[personal.claim.id]?.state === "held") {
        toast(translate("hold.expired", { title: pick(personal.claim.title) }));
      }
      state.value = reducePersonal(state.value, personal);
      for (const { happened } of listeners) happened(personal);
    },
  });
}

/**
 * Calls `happened` with everything that happens to the person's claims and orders, and `missed` when something may have
 * happened that is not told again: what was read before is to be read anew. Returns how to stop.
 */
export function onPurchase(happened: Listener["happened"], missed?: Listener["missed"]): () => void {
  const listener = { happened, missed };
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export type Held =
  | { kind: "claim"; key: string; claim: Claim; end: number }
  | { kind: "order"; key: string; order: OrderBrief; end: number };

export interface Purchases {
  held: ComputedRef<Held[]>;
  claimOn: (sale: number, sku: number) => Claim | undefined;
  /** The claim that was paid for. */
  boughtOn: (sale: number, sku: number) => Claim | undefined;
  orderOf: (claim: number) => OrderBrief | undefined;
  orderState: (number: string) => OrderBrief | undefined;
}

export function usePurchases(): Purchases {
  const now = useNow();
  // Seconds are enough here: lists are not built anew four times a second.
  const second = computed(() => Math.floor(now.value / 1000) * 1000);
  const claims = computed(() => openClaims(state.value, second.value));
  const orderOf = (claim: number) => {
    const number = orderOfClaim.value[claim];
    return number === undefined ? undefined : state.value.orders[number];
  };
  const held = computed<Held[]>(() => {
    const unpaid = Object.values(state.value.orders).filter(
      (order) => order.state === "pending_payment" && order.expires_at > second.value,
    );
    return [
      ...claims.value
        .filter((claim) => !orderOf(claim.id))
        .map((claim) => ({ kind: "claim" as const, key: `claim ${claim.id}`, claim, end: claim.expires_at })),
      ...unpaid.map((order) => {
        return { kind: "order" as const, key: `order ${order.number}`, order, end: order.expires_at };
      }),
    ].sort((a, b) => a.end - b.end);
  });
  return {
    held,
    claimOn: (sale, sku) => claims.value.find((claim) => claim.sale === sale && claim.sku === sku),
    boughtOn: (sale, sku) => {
      const all = Object.values(state.value.claims);
      return all.findLast((claim) => claim.sale === sale && claim.sku === sku && claim.state === "sold");
    },
    orderOf,
    orderState: (number) => state.value.orders[number],
  };
}
