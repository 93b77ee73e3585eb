import { expect, it } from "vitest";

import { movedText } from "./entries";

it("says by a sign what a movement did", () => {
  expect(movedText({ amount: 1990, currency: "CNY" }, "zh-CN")).toBe("+¥19.90");
  expect(movedText({ amount: -500, currency: "USD" }, "en")).toBe("-$5");
  expect(movedText({ amount: 0, currency: "CNY" }, "en")).toBe("¥0");
});
