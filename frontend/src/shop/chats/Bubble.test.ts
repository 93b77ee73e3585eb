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
  it("says of what is held that it is being looked at, and offers to send again what was refused", async () => {
    const unsent = {
      channel: "group:3", key: "k", text: "Hello", reply: null, file: null, at: 1,
      state: "failed", error: "message_held",
    };
    const held = wordsOf(await bubble({ row: unsent }));
    expect(held).toMatch(/Being looked at .* A moderator looks at this first\. It is kept\. Got it$/);
    expect(held).not.toMatch(/Not sent|Send again/);
    expect(wordsOf(await bubble({ row: unsent }, "zh-CN"))).toContain("审核中");
    const refused = wordsOf(await bubble({ row: { ...unsent, error: "muted" } }));
    expect(refused).toMatch(/Not sent .* Send again Delete$/);
  });

  it("says how many have read it, and nothing where nobody has", async () => {
    expect(wordsOf(await bubble({ readers: 3 }))).toContain("Read by 3");
    expect(wordsOf(await bubble({ readers: 3 }, "zh-CN"))).toContain("3 人已读");
    expect(wordsOf(await bubble())).not.toContain("Read");
  });

  it("shows what a link leads to as words, and nothing for an address that nobody should follow", async () => {
    const preview = { url: "https://tea.example/a", title: "<b>Oolong</b>", text: "How it is made", site: "Tea" };
    const shown = (url: string) => bubble({ row: { ...message, preview: { ...preview, url } } });
    const html = await shown(preview.url);
    expect(wordsOf(html)).toContain("Tea &lt;b&gt;Oolong&lt;/b&gt; How it is made");
    expect(html).toMatch(/<a[^>]* href="https:\/\/tea\.example\/a"[^>]* rel="noopener noreferrer nofollow ugc"/);
    const nameless = await bubble({ row: { ...message, preview: { ...preview, site: "" } } });
    expect(wordsOf(nameless)).toContain("tea.example &lt;b&gt;");
    expect(await shown("https://souk.example/products/3")).toContain('href="/products/3"');
    for (const url of ["javascript:alert(1)", "https://bank@evil.example/", ""]) {
      expect(wordsOf(await shown(url))).not.toContain("Oolong");
    }
  });
});
