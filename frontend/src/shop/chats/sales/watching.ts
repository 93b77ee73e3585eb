import { newerSale, reduceSale, type SaleEvent, type SaleSnapshot, type SaleState } from "@/shared/realtime";

import { noteClaim } from "../../checkout/purchases";
import { watching } from "../offers/watching";

/** The flash sales whose cards stand on the page. What is over and held by nobody changes no more. */
export const sales = watching<SaleState, SaleSnapshot, SaleEvent>({
  name: "sale",
  told: ({ sale, mine }) => {
    for (const claim of mine) noteClaim(claim);
    return sale;
  },
  newer: newerSale,
  reduce: reduceSale,
  isOver: ({ state, items }) => state === "closed" && items.every(({ held }) => held === 0),
});
