import type { Message } from "@/shared/realtime";

export interface Offered {
  kind: "sale" | "drop";
  id: number;
}

/** The flash sale or the coupon drop that a card shows; null for any other card. */
export function offeredBy(card: Message["card"] | null): Offered | null {
  const [, kind, id] = /^(sale|drop):([1-9]\d{0,15})$/.exec(card?.about ?? "") ?? [];
  return kind && id ? { kind: kind as Offered["kind"], id: Number(id) } : null;
}
