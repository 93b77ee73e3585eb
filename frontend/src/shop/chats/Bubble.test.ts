import { describe, expect, it } from "vitest";

import type { Message } from "@/shared/realtime";

import { rendered, wordsOf } from "../rendered";
import Bubble from "./Bubble.vue";

const message: Message = {
  id: 40, seq: 4, author: { id: 2, display_name: "Bo", avatar: null, role: null }, text: "Hello", key: "k4",
  at: 1, change: 4,
};

const bubble = (more: object = {}, locale?: "zh-CN") => rendered(Bubble, {
  row: message, isOwn: true, isFirst: true, names: true, role: null, reacted: [], readers: 0, flash: false, ...more,
}, locale);

describe("a bubble", () => {
  it("says how many have read it, and nothing where nobody has", async () => {
    expect(wordsOf(await bubble({ readers: 3 }))).toContain("Read by 3");
    expect(wordsOf(await bubble({ readers: 3 }, "zh-CN"))).toContain("3 人已读");
    expect(wordsOf(await bubble())).not.toContain("Read");
  });
});
