/** The cards of what one may show in a chat, as the server makes them. */
import type { Order, Product, ProductCard } from "@/shared/api";
import type { ShareCard } from "@/shared/realtime";

export function cardOfProduct({ id, title, price }: Product | ProductCard, picture: string | null): ShareCard {
  return { about: `product:${id}`, title, picture, amount: price.amount, currency: price.currency };
}

/** Without an amount, which is nobody else's business; null for an order of nothing. */
export function cardOfOrder({ number, lines }: Order): ShareCard | null {
  const [first] = lines;
  if (!first) return null;
  return { about: `order:${number}`, title: first.title, picture: first.picture, amount: null, currency: null };
}
