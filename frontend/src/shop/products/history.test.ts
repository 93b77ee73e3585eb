import { expect, it } from "vitest";

import type { PriceHistory, SkuPrices } from "@/shared/api";

import { priceAt, scaleOf, stairs, storyOf, type Story } from "./history";

const day = (number: number) => `2026-01-${String(number).padStart(2, "0")}T00:00:00+00:00`;
const ms = (number: number) => Date.parse(day(number));
const history: PriceHistory = { since: day(1), until: day(11), skus: [] };

function prices(points: [number, number][], deals: [number, number][] = []): SkuPrices {
  return {
    sku: 1,
    currency: "CNY",
    points: points.map(([at, price]) => ({ at: day(at), price })),
    deals: deals.map(([at, price]) => ({ since: day(at), until: day(at), price })),
  };
}

function story(points: [number, number][], deals: [number, number][] = []): Story {
  const told = storyOf(history, prices(points, deals));
  if (!told) throw new Error("nothing is known");
  return told;
}

it("tells the price now, the lowest and the highest, deals among them", () => {
  const told = story([[1, 900], [6, 500]], [[4, 300]]);
  expect([told.now, told.low, told.high]).toEqual([500, 300, 900]);
  expect(told.rows).toEqual([
    { at: ms(6), price: 500, kind: "listed" },
    { at: ms(4), price: 300, kind: "deal" },
    { at: ms(1), price: 900, kind: "listed" },
  ]);
});

it("draws stairs from the first price until now", () => {
  const told = story([[1, 900], [6, 500], [8, 700]]);
  expect(stairs(told, scaleOf(told, 100, 40))).toBe("M0 0 H50 V40 H70 V20 H100");
});

it("begins where the SKU began", () => {
  const told = story([[6, 500]]);
  expect([told.start, told.end]).toEqual([ms(6), ms(11)]);
  expect(stairs(told, scaleOf(told, 100, 40))).toBe("M0 20 H100");
});

it("knows the price of a day", () => {
  const told = story([[2, 900], [6, 500]]);
  expect([1, 2, 5, 6, 11].map((at) => priceAt(told, ms(at)))).toEqual([900, 900, 900, 500, 500]);
});

it("has nothing to tell without a price", () => {
  expect(storyOf(history, prices([]))).toBeNull();
});
