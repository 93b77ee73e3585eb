import { expect, test } from "vitest";

import { toPay } from "./checkout";

test("of a purchase, what costs something is paid next", () => {
  const free = { number: "1", state: "paid" } as const;
  const due = { number: "2", state: "pending_payment" } as const;
  expect(toPay([free, due])).toBe("2");
  expect(toPay([free])).toBe("1");
  expect(toPay([])).toBe("");
});
