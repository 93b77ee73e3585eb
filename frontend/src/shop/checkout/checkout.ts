/** The one checkout of the page: opened from anywhere, shown as a sheet over whatever is there. */
import { shallowRef } from "vue";

import type { Order, Purchase } from "@/shared/api";

import { requireLogin } from "../account/account";

export type Asked =
  | { step: "review"; purchase: Purchase; channel?: string }
  | { step: "pay"; order: string };

export const checkout = shallowRef<Asked | null>(null);

export async function buy(purchase: Purchase, channel?: string): Promise<void> {
  if (await requireLogin("buy")) {
    checkout.value = channel === undefined ? { step: "review", purchase } : { step: "review", purchase, channel };
  }
}

export function payOrder(order: string): void {
  checkout.value = { step: "pay", order };
}

/** Which of a purchase's orders is to be paid next; one that costs nothing is paid already. */
export function toPay(orders: readonly Pick<Order, "number" | "state">[]): string {
  return (orders.find(({ state }) => state === "pending_payment") ?? orders[0])?.number ?? "";
}
