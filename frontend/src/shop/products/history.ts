/** A SKU's prices over time, as they are plotted and told. Pure; times in ms, prices in minor units. */
import type { PriceHistory, SkuPrices } from "@/shared/api";

export interface Step {
  at: number;
  price: number;
}

export interface Row extends Step {
  kind: "listed" | "deal";
}

export interface Story {
  /** When the history begins, or the SKU does. */
  start: number;
  end: number;
  /** Each price from its time on, the first one at `start`. */
  steps: Step[];
  deals: Step[];
  now: number;
  /** Of all that was asked, deals among them. */
  low: number;
  high: number;
  /** All of it, newest first. */
  rows: Row[];
}

/** Null where nothing is known. */
export function storyOf(history: PriceHistory, prices: SkuPrices): Story | null {
  const steps = prices.points.map(({ at, price }) => ({ at: Date.parse(at), price }));
  const deals = prices.deals.map(({ since, price }) => ({ at: Date.parse(since), price }));
  const last = steps.at(-1);
  if (!last) return null;
  const all = [...steps, ...deals].map(({ price }) => price);
  const rows: Row[] = [
    ...steps.map((step) => ({ ...step, kind: "listed" as const })),
    ...deals.map((deal) => ({ ...deal, kind: "deal" as const })),
  ];
  return {
    start: steps[0]?.at ?? last.at,
    end: Date.parse(history.until),
    steps,
    deals,
    now: last.price,
    low: Math.min(...all),
    high: Math.max(...all),
    rows: rows.sort((one, other) => other.at - one.at),
  };
}

export interface Scale {
  x: (at: number) => number;
  y: (price: number) => number;
}

/** From a story to a box of `width` and `height`; a price that never changed lies in the middle. */
export function scaleOf({ start, end, low, high }: Story, width: number, height: number): Scale {
  const span = Math.max(1, end - start);
  return {
    x: (at) => ((Math.max(start, at) - start) / span) * width,
    y: (price) => (high === low ? height / 2 : ((high - price) / (high - low)) * height),
  };
}

/** The list's price as stairs, in SVG's notation. */
export function stairs({ steps, end }: Story, { x, y }: Scale): string {
  const [first, ...others] = steps;
  if (!first) return "";
  const path = others.map(({ at, price }) => `H${round(x(at))} V${round(y(price))}`);
  return [`M${round(x(first.at))} ${round(y(first.price))}`, ...path, `H${round(x(end))}`].join(" ");
}

/** The list's price at a time; before the first one, that. */
export function priceAt({ steps }: Story, at: number): number {
  return (steps.findLast((step) => step.at <= at) ?? steps[0])?.price ?? 0;
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
