import { expect, it } from "vitest";

import { discountRows, linesOf } from "./discounts";

const yuan = (amount: number) => ({ amount, currency: "CNY" });
const name = { zh: "券", en: "Coupon" };
const share = (key: string, amount: number) => ({ kind: "coupon", key, name, amount, funded_by: "house" });

it("adds up the shares of a discount over all lines", () => {
  const lines = [
    { total: yuan(600), discounts: [share("threshold:1", 60), share("coupon:2", 5)] },
    { total: yuan(400), discounts: [share("threshold:1", 40)] },
  ];
  expect(discountRows(lines)).toEqual([
    { key: "threshold:1", name, amount: yuan(100) },
    { key: "coupon:2", name, amount: yuan(5) },
  ]);
  expect(discountRows([{ total: yuan(1), discounts: [] }])).toEqual([]);
});

it("reads lines out of an address and leaves out what is none", () => {
  expect(linesOf("12x1,15x3")).toEqual([{ sku: 12, quantity: 1 }, { sku: 15, quantity: 3 }]);
  expect(linesOf("12x1,12x5,0x1,3x0,3x100,x,-1x1,1e3x1")).toEqual([{ sku: 12, quantity: 1 }]);
  expect(linesOf(undefined)).toEqual([]);
  expect(linesOf(["1x1"])).toEqual([]);
});
