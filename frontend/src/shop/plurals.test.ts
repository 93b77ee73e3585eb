import { beforeAll, expect, it, vi } from "vitest";

import { createI18nFor, translate } from "@/shared/i18n";

import en from "./locales/en";
import zh from "./locales/zh-CN";

beforeAll(async () => {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en"] });
  await createI18nFor({
    "zh-CN": () => Promise.resolve({ default: zh }),
    en: () => Promise.resolve({ default: en }),
  });
});

it.each([
  ["cart.badge", "1 item in the cart", "2 items in the cart", "0 items in the cart"],
  ["room.bag", "Bag, 1 item", "Bag, 2 items", "Bag, 0 items"],
  ["coupons.days", "1 day from when you take it", "2 days from when you take it", "0 days from when you take it"],
  ["drop.days", "1 day to use it", "2 days to use it", "0 days to use it"],
  ["duration.days", "1 day", "2 days", "0 days"],
  ["common.secs_left", "1 second left", "2 seconds left", "0 seconds left"],
])("%s counts as one speaks", (key, one, two, none) => {
  expect([1, 2, 0].map((count) => translate(key, { count }))).toEqual([one, two, none]);
});

it("speaks of one unit on sale as of one", () => {
  const said = { price: "¥19", starts: "starts at once", ends: "10:00" };
  expect([1, 2].map((count) => translate("launch.summary", { ...said, count }).split(",")[0])).toEqual([
    "1 unit at ¥19", "2 units at ¥19",
  ]);
});
