import { expect, it } from "vitest";

import { changed, readGuest, selected, withUnits, without, type GuestCart } from "./guest";

const price = { amount: 3900, currency: "CNY" };
const line = (sku: number, quantity = 1) => ({ sku, quantity, selected: true, price_when_added: price });
const cart: GuestCart = { key: "k", lines: [line(2), line(1, 3)] };

it("reads back what was kept", () => {
  expect(readGuest(JSON.stringify(cart))).toEqual(cart);
});

it("leaves out what it cannot read", () => {
  const odd = [line(1), line(1, 5), line(0), line(3, 100), line(4, 1.5), null, "x", { sku: 5 }];
  expect(readGuest(JSON.stringify({ key: "k", lines: odd })).lines).toEqual([line(1)]);
  for (const text of [null, "", "{", "[]", "null", JSON.stringify({ lines: [line(1)] })]) {
    expect(readGuest(text).lines).toEqual([]);
  }
  expect(readGuest(JSON.stringify({ key: "k", lines: [{ ...line(1), price_when_added: "3900" }] })).lines).toEqual([
    { ...line(1), price_when_added: null },
  ]);
});

it("adds units to a line up to what it may have, and new lines at the front", () => {
  expect(withUnits(cart, 1, 2, price).lines).toEqual([line(2), line(1, 5)]);
  expect(withUnits(cart, 1, 98, price).lines[1]?.quantity).toBe(99);
  expect(withUnits(cart, 7, 2, price).lines).toEqual([line(7, 2), line(2), line(1, 3)]);
});

it("changes, selects and removes lines and leaves the others as they are", () => {
  expect(changed(cart, 2, { quantity: 9 }).lines).toEqual([line(2, 9), line(1, 3)]);
  expect(without(cart, [2, 8]).lines).toEqual([line(1, 3)]);
  expect(selected(cart, [1], false).lines.map((one) => one.selected)).toEqual([true, false]);
  expect(selected(cart, null, false).lines.map((one) => one.selected)).toEqual([false, false]);
});
