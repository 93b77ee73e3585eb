import { expect, it } from "vitest";

import type { Sku } from "@/shared/api";

import { axesOf, canChoose, chosenSku, firstChoice, isThere, withValue } from "./matrix";

const text = (words: string) => ({ zh: words, en: words });
const price = { amount: 3900, currency: "CNY" };

function sku(id: number, colour: string, size: string, available = 1): Sku {
  const options = [
    { name: text("colour"), value: text(colour) },
    { name: text("size"), value: text(size) },
  ];
  return { id, code: `${id}`, options, price, list_price: null, lowest: price, available };
}

const skus = [sku(1, "red", "S", 0), sku(2, "red", "M"), sku(3, "blue", "S")];

it("lists each option with its values once, in order", () => {
  expect(axesOf(skus).map(({ key, values }) => [key, values.map((one) => one.key)])).toEqual([
    ["colour", ["red", "blue"]],
    ["size", ["S", "M"]],
  ]);
});

it("knows the SKU only when everything is chosen and it exists", () => {
  expect(chosenSku(skus, { colour: "red" })).toBeNull();
  expect(chosenSku(skus, { colour: "red", size: "M" })?.id).toBe(2);
  expect(chosenSku(skus, { colour: "blue", size: "M" })).toBeNull();
});

it("offers what is in stock beside the other choices", () => {
  expect(canChoose(skus, { colour: "red" }, "size", "S")).toBe(false);
  expect(canChoose(skus, { colour: "red" }, "size", "M")).toBe(true);
  expect(canChoose(skus, {}, "size", "S")).toBe(true);
});

it("begins with a SKU that can be bought, or with the one that was asked for", () => {
  expect(firstChoice(skus)).toEqual({ colour: "red", size: "M" });
  expect(firstChoice(skus, 3)).toEqual({ colour: "blue", size: "S" });
  expect(firstChoice([])).toEqual({});
});

it("needs no choice where there is one SKU without options", () => {
  const only: Sku = { id: 9, code: "9", options: [], price, list_price: null, lowest: price, available: 2 };
  expect(chosenSku([only], firstChoice([only]))?.id).toBe(9);
});

it("moves to what can be bought with a value, changing as little as it can", () => {
  const mug = (id: number, colour: string, size: string, lid: string, available = 1): Sku => ({
    ...sku(id, colour, size, available),
    options: [...sku(id, colour, size).options, { name: text("lid"), value: text(lid) }],
  });
  const mugs = [
    mug(1, "red", "S", "no"),
    mug(2, "blue", "S", "no", 0),
    mug(3, "blue", "M", "yes"),
    mug(4, "blue", "M", "no"),
  ];
  const red = { colour: "red", size: "S", lid: "no" };
  expect(withValue(mugs, red, "colour", "blue")).toEqual({ colour: "blue", size: "M", lid: "no" });
  expect(withValue(mugs, { colour: "blue", size: "M", lid: "no" }, "lid", "yes")).toEqual({
    colour: "blue", size: "M", lid: "yes",
  });
});

it("keeps the choice of what is sold out in every combination", () => {
  const gone = [sku(1, "red", "S"), sku(2, "blue", "S", 0), sku(3, "blue", "M", 0)];
  expect(isThere(gone, "colour", "blue")).toBe(false);
  expect(isThere(gone, "size", "M")).toBe(false);
  expect(isThere(gone, "size", "S")).toBe(true);
  expect(withValue(gone, { colour: "red", size: "S" }, "colour", "blue")).toEqual({ colour: "blue", size: "S" });
});
