import { describe, expect, it } from "vitest";

import type { Product } from "./api";
import { BLANK_LAUNCH, complete, draftOf, problemsOf, soleSku, strikeOf, type LaunchDraft } from "./launch";

const BOUNDS = { normalPrice: 6200, available: 85 };
const GOOD: LaunchDraft = { sku: 7, price: 3900, total: 60, limit: 2, countdown: 10, duration: 300 };

describe("the launch form", () => {
  it("accepts what the server accepts, up to its limits", () => {
    expect(problemsOf(GOOD, BOUNDS)).toEqual({});
    const most = { ...GOOD, price: 6199, total: 85, limit: 85, countdown: 300, duration: 1200 };
    const least = { ...GOOD, price: 1, total: 1, limit: 1, countdown: 0, duration: 60 };
    expect(problemsOf(most, BOUNDS)).toEqual({});
    expect(problemsOf(least, BOUNDS)).toEqual({});
  });

  it("names every field that is wrong at once", () => {
    const empty: LaunchDraft = { sku: null, price: null, total: null, limit: null, countdown: null, duration: null };
    expect(problemsOf(empty, null)).toEqual({
      sku: "sku_missing",
      price: "price_missing",
      total: "total_missing",
      limit: "limit_missing",
      countdown: "countdown_range",
      duration: "duration_range",
    });
  });

  it("keeps the deal below the normal price and within the stock", () => {
    expect(problemsOf({ ...GOOD, price: 6200 }, BOUNDS)).toEqual({ price: "price_not_lower" });
    expect(problemsOf({ ...GOOD, total: 86 }, BOUNDS)).toEqual({ total: "total_too_many" });
    expect(problemsOf({ ...GOOD, limit: 61 }, BOUNDS)).toEqual({ limit: "limit_over_total" });
    expect(problemsOf(GOOD, { ...BOUNDS, available: 0 })).toEqual({ sku: "sku_empty", total: "total_too_many" });
  });

  it("keeps countdown and duration in their ranges", () => {
    expect(problemsOf({ ...GOOD, countdown: 301 }, BOUNDS)).toEqual({ countdown: "countdown_range" });
    expect(problemsOf({ ...GOOD, duration: 59 }, BOUNDS)).toEqual({ duration: "duration_range" });
    expect(problemsOf({ ...GOOD, duration: 1201 }, BOUNDS)).toEqual({ duration: "duration_range" });
  });
});

type Sku = Product["skus"][number];
const sku = (id: number, available: number) => ({ id, available, price: cents(6200), lowest: cents(5000) }) as Sku;
const cents = (amount: number) => ({ amount, currency: "CNY" });

describe("what the launch forms share", () => {
  it("reads what is typed, and knows when all of it is there", () => {
    const typed = { ...BLANK_LAUNCH, sku: 7, price: "39", total: "60", limit: "2" };
    expect(draftOf(typed, "CNY")).toEqual(GOOD);
    expect(complete(GOOD)).toEqual(GOOD);
    expect(complete(draftOf({ ...typed, total: "many" }, "CNY"))).toBeNull();
  });

  it("chooses a SKU where there is no choice", () => {
    expect(soleSku({ skus: [sku(1, 0)] })).toBe(1);
    expect(soleSku({ skus: [sku(1, 0), sku(2, 3)] })).toBe(2);
    expect(soleSku({ skus: [sku(1, 1), sku(2, 3)] })).toBeNull();
    expect(soleSku({ skus: [] })).toBeNull();
  });

  it("strikes the lowest price lately through where the deal is below it, by however little", () => {
    expect(strikeOf(4000, sku(1, 1))).toEqual({ isStruck: true, percent: 20 });
    expect(strikeOf(4999, sku(1, 1))).toEqual({ isStruck: true, percent: 0 });
    expect(strikeOf(5000, sku(1, 1))).toMatchObject({ isStruck: false });
    for (const price of [null, 0, 6200]) expect(strikeOf(price, sku(1, 1))).toBeNull();
    expect(strikeOf(4000, null)).toBeNull();
  });
});
