import { expect, it } from "vitest";

import { askable, isOnBuyer, mayCancel, mostFor } from "./cases";

const options = (quantity: number, amount: number, choices = 1) => ({
  line: 1,
  choices: Array.from({ length: choices }, () => ({ kind: "refund_only" as const, reasons: ["other" as const] })),
  max_quantity: quantity,
  max_amount: { amount, currency: "CNY" },
  unshipped: false,
  without_reason_until: null,
});

it("offers only lines of which something is left", () => {
  expect(askable([options(2, 100), options(0, 0), options(1, 10, 0)])).toEqual([options(2, 100)]);
});

it("splits what was paid over the units, rounded down", () => {
  expect([1, 2, 3].map((units) => mostFor(options(3, 1000), units))).toEqual([333, 666, 1000]);
  expect(mostFor(options(0, 0), 1)).toBe(0);
});

it("knows whose turn it is", () => {
  expect(isOnBuyer({ state: "awaiting_return" })).toBe(true);
  expect(isOnBuyer({ state: "requested" })).toBe(false);
  expect(mayCancel({ state: "requested" })).toBe(true);
  expect(mayCancel({ state: "returned" })).toBe(false);
});
