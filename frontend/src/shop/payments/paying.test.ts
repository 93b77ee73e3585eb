import { expect, it } from "vitest";

import { balanceIn, choicesOf, firstChoice, wayOf } from "./paying";
import { pathOf, qrOf } from "./qr";

const HERE = "https://souk.example";
const cny = (amount: number) => ({ amount, currency: "CNY" });

it("shows each kind of address in its own way", () => {
  expect(wayOf("", HERE)).toBe("done");
  expect(wayOf("weixin://wxpay/bizpayurl?pr=abc", HERE)).toBe("code");
  expect(wayOf("/sandbox/pay/token/", HERE)).toBe("frame");
  expect(wayOf("https://souk.example/sandbox/pay/token/", HERE)).toBe("frame");
  expect(wayOf("https://checkout.stripe.com/c/pay/cs_1", HERE)).toBe("link");
  expect(wayOf("https://", HERE)).toBe("link");
});

it("takes the balance of the order's currency", () => {
  expect(balanceIn([{ amount: 5, currency: "USD" }, cny(900)], "CNY")).toEqual(cny(900));
  expect(balanceIn([], "CNY")).toEqual(cny(0));
});

it("refuses a wallet with too little in it, and begins with one that serves", () => {
  const poor = choicesOf(["sandbox", "wallet"], [cny(99)], cny(100));
  expect(poor).toEqual([
    { provider: "sandbox", enough: true },
    { provider: "wallet", balance: cny(99), enough: false },
  ]);
  expect(firstChoice(poor, "wallet")).toBe("sandbox");
  const rich = choicesOf(["sandbox", "wallet"], [cny(100)], cny(100));
  expect(rich[1]?.enough).toBe(true);
  expect(firstChoice(rich, "wallet")).toBe("wallet");
  expect(firstChoice(rich, "gone")).toBe("sandbox");
  expect(firstChoice(choicesOf(["wallet"], [], cny(1)), null)).toBeNull();
});

it("joins the dark cells of a row", () => {
  expect(pathOf([[true, true, false], [false, false, true]])).toBe("M0 0h2v1h-2zM2 1h1v1h-1z");
  expect(pathOf([[false]])).toBe("");
});

it("draws a code with its quiet zone", async () => {
  const { size, path } = await qrOf("weixin://wxpay/bizpayurl?pr=abc");
  // Version 3 has 29 cells; four are left free on each side.
  expect(size).toBe(37);
  expect(path.startsWith("M4 4h7v1h-7z")).toBe(true);
});
