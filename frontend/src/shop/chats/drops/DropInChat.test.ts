import { describe, expect, it } from "vitest";

import type { DropState } from "@/shared/realtime";

import { rendered, wordsOf } from "../../rendered";
import { noteSnapshot } from "../../room/drops";
import DropInChat from "./DropInChat.vue";

const MINUTE = 60_000;
const cny = (amount: number) => ({ amount, currency: "CNY" });
const card = {
  about: "drop:7", title: { zh: "茶友券", en: "Tea coupon" }, picture: null, amount: null, currency: null,
};
const coupon: DropState["coupon"] = {
  id: 3, name: card.title, off: cny(500), percent_off: 0, most_off: null, minimum: cny(3000), group: "",
  categories: [], products: [],
};

function drop(change: Partial<DropState> = {}): DropState {
  const now = Date.now();
  return {
    id: 7, channel: "group:4", state: "open", starts_at: now - MINUTE, ends_at: now + 5 * MINUTE, version: 1,
    close_reason: null, coupon, valid_days: 7, usable_until: null, quantity: 10, given: 3,
    conditions: [{ kind: "member", least: 1, of: { channel: "group:4", title: "Tea friends" } }], ...change,
  };
}

const shown = (props: object = {}, locale?: "zh-CN") => rendered(DropInChat, {
  card, drop: drop(), shut: false, manages: false, ...props,
}, locale);
const words = async (props: object = {}, locale?: "zh-CN") => wordsOf(await shown(props, locale));

describe("a coupon drop in a chat", () => {
  it("says what the coupon gives, what is left, and lets one claim", async () => {
    const html = await shown();
    expect(wordsOf(html)).toMatch(
      /¥5 Coupon drop Tea coupon All items Ends in .*30% claimed Over ¥30 · 7 days to use it 7 of 10 .* 1 each Claim$/,
    );
    expect(html).toContain('aria-label="Coupon drop: Tea coupon"');
    expect(await words({}, "zh-CN")).toMatch(/抢优惠券 茶友券 .*距结束 .*剩 7 \/ 10 张，每人限领 1 张 领取$/);
  });

  it("counts down before it starts, when nobody can claim", async () => {
    const html = await shown({ drop: drop({ state: "scheduled", starts_at: Date.now() + MINUTE, given: 0 }) });
    expect(wordsOf(html)).toMatch(/Starts in .* 0% claimed .* 10 in all, 1 each Soon$/);
    expect(html).toMatch(/<button[^>]* disabled[^>]*>Soon/);
  });

  it("tells all taken from over, and from stopped", async () => {
    const closed = { state: "closed" } as const;
    expect(await words({ drop: drop({ ...closed, close_reason: "gone", given: 10 }) }))
      .toMatch(/All coupons claimed Over .* 10 in all, 1 each More coupons$/);
    expect(await words({ drop: drop({ ...closed, close_reason: "ended" }) })).toContain("Coupon drop over");
    expect(await words({ drop: drop({ ...closed, close_reason: "stopped" }) })).toContain("Coupon drop stopped");
  });

  it("says as the how manieth one has it, and leads to what it is for, also when the drop is over", async () => {
    const until = Date.now() + 60 * MINUTE;
    const mine = { grant: { id: 9, coupon, state: "usable" as const, usable_until: until }, position: 4 };
    const over = drop({ id: 17, state: "closed", close_reason: "stopped" });
    noteSnapshot({ drop: over, mine, progress: [] }, Date.now());
    for (const [state, amount] of [[over, "10 in all"], [drop({ id: 17 }), "7 of 10 left"]] as const) {
      const html = await shown({ drop: state });
      expect(wordsOf(html)).toMatch(/Yours · no\. 4 .*Over ¥30 · Until .* 1 each My coupons Use$/);
      expect(wordsOf(html)).toContain(`${amount}, 1 each My`);
      expect(html).toContain('href="/products"');
      expect(html).toContain('href="/coupons?tab=usable"');
    }
  });

  it("says what is to be done first, and lets one do it", async () => {
    const progress = drop().conditions.map((one) => ({ ...one, have: 0 }));
    noteSnapshot({ drop: drop({ id: 27 }), mine: null, progress }, Date.now());
    expect(await words({ drop: drop({ id: 27 }) })).toMatch(/Join Tea friends to claim Join$/);
  });

  it("shows who runs the group how it goes, and a stop for as long as it runs", async () => {
    expect(await words({ manages: true })).toMatch(/Claim Claimed 3 Left 7 In all 10 Stop$/);
    const coming = drop({ state: "scheduled", starts_at: Date.now() + MINUTE });
    expect(await words({ manages: true, drop: coming })).toMatch(/Call off$/);
    const over = drop({ state: "closed", close_reason: "ended" });
    expect(await words({ manages: true, drop: over })).toMatch(/In all 10$/);
    expect(await words()).not.toContain("Claimed");
  });

  it("keeps to what the message says before the drop has told, and where it is for others", async () => {
    expect(await shown({ drop: null })).toContain('role="status" aria-label="Loading"');
    expect(await words({ shut: true })).toMatch(/Tea coupon .*Only members of the group/);
    expect(await shown({ shut: true })).not.toContain("<button");
  });
});
