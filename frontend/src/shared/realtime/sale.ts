/** Reducers of flash sales. Events state absolute values under a version: what is older is ignored. */
import type { SaleEvent, SaleItem, SaleState, StockCount } from "./wire";

export function newerSale(known: SaleState | undefined, next: SaleState): SaleState {
  return known && known.version > next.version ? known : next;
}

export function withStock(sale: SaleState, change: { version: number; items: StockCount[] }): SaleState {
  if (sale.version > change.version) return sale;
  const items = sale.items.map((item) => {
    const counted = change.items.find(({ sku }) => sku === item.sku);
    return counted ? { ...item, total: counted.total, held: counted.held, sold: counted.sold } : item;
  });
  return { ...sale, version: change.version, items };
}

export function reduceSale(sale: SaleState, event: SaleEvent): SaleState {
  switch (event.type) {
    case "stock.changed":
      return event.sale === sale.id ? withStock(sale, event) : sale;
    case "sale.scheduled":
    case "sale.opened":
    case "sale.closed":
      return event.sale.id === sale.id ? newerSale(sale, event.sale) : sale;
    default:
      return sale;
  }
}

/** Sales by the time of their start, each once, in its newest version. */
export function withSale(sales: readonly SaleState[], next: SaleState): SaleState[] {
  const newest = newerSale(sales.find(({ id }) => id === next.id), next);
  return [...sales.filter(({ id }) => id !== next.id), newest].sort((a, b) => a.starts_at - b.starts_at || a.id - b.id);
}

/** Units that nobody holds or has bought. */
export function unitsLeft(item: StockCount): number {
  return Math.max(0, item.total - item.held - item.sold);
}

export type ItemPhase = "scheduled" | "open" | "all_held" | "sold_out" | "closed";

/** Where an item of a sale stands at `now`; a unit that is held may still come back, a sold one will not. */
export function itemPhase(sale: SaleState, item: SaleItem, now: number): ItemPhase {
  if (item.sold >= item.total || sale.close_reason === "sold_out") return "sold_out";
  if (sale.state === "closed" || now >= sale.ends_at) return "closed";
  if (sale.state === "scheduled" && now < sale.starts_at) return "scheduled";
  return unitsLeft(item) === 0 ? "all_held" : "open";
}
