import { expect, it } from "vitest";

import { amountAsked, askable, isMoneyInstead, isOnBuyer, mayCancel, mayReceive, mostFor, mustChoose } from "./cases";

const options = (quantity: number, amount: number, choices = 1) => ({
  line: 1,
  choices: Array.from({ length: choices }, () => ({ kind: "refund_only" as const, reasons: ["other" as const] })),
  max_quantity: quantity,
  max_amount: { amount, currency: "CNY" },
  unshipped: false,
  without_reason_until: null,
  held: [],
  replacements: [],
});

it("offers only lines of which something is left", () => {
  expect(askable([options(2, 100), options(0, 0), options(1, 10, 0)])).toEqual([options(2, 100)]);
});

it("splits what was paid over the units, rounded down", () => {
  expect([1, 2, 3].map((units) => mostFor(options(3, 1000), units))).toEqual([333, 666, 1000]);
  expect(mostFor(options(0, 0), 1)).toBe(0);
});

it("asks for all of it unless less was typed, also for what cost nothing", () => {
  expect(amountAsked(" ", 1000, "CNY")).toBe(1000);
  expect(amountAsked("", 0, "CNY")).toBe(0);
  expect(amountAsked("0.01", 1000, "CNY")).toBe(1);
  for (const typed of ["0", "10.01", "-1", "much", "1.234"]) expect(amountAsked(typed, 1000, "CNY")).toBeNull();
});

it("knows whose turn it is", () => {
  expect(isOnBuyer({ state: "awaiting_return" })).toBe(true);
  expect(isOnBuyer({ state: "requested" })).toBe(false);
  expect(mayCancel({ state: "requested" })).toBe(true);
  expect(mayCancel({ state: "returned" })).toBe(false);
  expect(mayReceive({ state: "resent" })).toBe(true);
  expect(mayReceive({ state: "exchanged" })).toBe(false);
});

it("asks for another choice when what an exchange is for has sold out", () => {
  const replacement = { sku: 1, options: [], available: false };
  expect(mustChoose({ state: "requested", replacement })).toBe(true);
  expect(mustChoose({ state: "requested", replacement: { ...replacement, available: true } })).toBe(false);
  expect(mustChoose({ state: "awaiting_return", replacement })).toBe(false);
  expect(mustChoose({ state: "requested", replacement: null })).toBe(false);
  const step = (by: "buyer" | "seller", details: object) => {
    return { state: "requested" as const, by, details: { ...details }, at: "2026-11-11T11:11:11Z" };
  };
  expect(isMoneyInstead({ events: [step("seller", { instead: "return_and_refund" })] })).toBe(true);
  expect(isMoneyInstead({ events: [step("buyer", { instead: "return_and_refund" }), step("seller", {})] })).toBe(false);
});
