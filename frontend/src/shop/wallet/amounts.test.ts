import { expect, test } from "vitest";

import { amountsOf, typedAmount } from "./amounts";

const cny = (amount: number) => ({ amount, currency: "CNY" });
const offer = { least: cny(100), most: cny(50_000) };

test("amounts to press lie within what may be topped up", () => {
  expect(amountsOf(offer)).toEqual([2000, 5000, 10_000, 20_000, 50_000]);
  expect(amountsOf({ least: cny(3000), most: cny(6000) })).toEqual([5000]);
  expect(amountsOf({ least: { amount: 1, currency: "JPY" }, most: { amount: 60, currency: "JPY" } })).toEqual([20, 50]);
});

test("a typed amount is exact, or says why it will not do", () => {
  expect(typedAmount("88.80", offer)).toBe(8880);
  expect(typedAmount("1", offer)).toBe(100);
  expect(typedAmount("0.99", offer)).toBe("least");
  expect(typedAmount("500.01", offer)).toBe("most");
  for (const wrong of ["", "ten", "1.005", "-5", "1e3"]) expect(typedAmount(wrong, offer)).toBe("invalid");
});
