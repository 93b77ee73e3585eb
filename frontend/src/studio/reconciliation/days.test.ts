import { expect, test } from "vitest";

import { differencesOf, gapOf, movementsOf } from "./days";

const cny = (amount: number) => ({ amount, currency: "CNY" });

test("a gap is what they have more than we do", () => {
  expect(gapOf({ ours: cny(1000), theirs: cny(1300), times: 2 })).toEqual(cny(300));
  expect(gapOf({ ours: cny(1000), theirs: null, times: 0 })).toEqual(cny(-1000));
  expect(gapOf({ ours: null, theirs: cny(7), times: 1 })).toEqual(cny(7));
});

test("no gap is told where there is none, or where it is of two currencies", () => {
  expect(gapOf({ ours: cny(1000), theirs: cny(1000), times: 1 })).toBeNull();
  expect(gapOf({ ours: null, theirs: null, times: 0 })).toBeNull();
  expect(gapOf({ ours: cny(1000), theirs: { amount: 1000, currency: "USD" }, times: 1 })).toBeNull();
  expect(gapOf({ ours: cny(1000), theirs: null, times: 2 })).toBeNull();
});

test("differences are all but what agrees", () => {
  const counts = { ok: 5, we_miss: 1, they_miss: 2, amount_differs: 3, duplicate: 4 };
  expect([differencesOf({ counts }), movementsOf({ counts })]).toEqual([10, 15]);
});
