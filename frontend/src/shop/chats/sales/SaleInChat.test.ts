import { describe, expect, it } from "vitest";

import type { Claim, SaleItem, SaleState } from "@/shared/realtime";

import { noteClaim } from "../../checkout/purchases";
import { rendered, wordsOf } from "../../rendered";
import { offeredBy } from "../offers/cards";
import SaleInChat from "./SaleInChat.vue";

const MINUTE = 60_000;
const cny = (amount: number) => ({ amount, currency: "CNY" });
const card = {
  about: "sale:7", title: { zh: "茶壶", en: "Teapot" }, picture: null, amount: 1900, currency: "CNY",
};
const item: SaleItem = {
  sku: 3, product: 5, title: card.title, picture: null, options: [], price: cny(1900), list_price: cny(4900),
  total: 10, held: 2, sold: 1, limit: 2,
};

function sale(change: Partial<SaleState> = {}, counts: Partial<SaleItem> = {}): SaleState {
  const now = Date.now();
  return {
    id: 7, channel: "group:4", state: "open", starts_at: now - MINUTE, ends_at: now + 5 * MINUTE, version: 1,
    close_reason: null, items: [{ ...item, ...counts }], ...change,
  };
}

const shown = (props: object = {}, locale?: "zh-CN") => rendered(SaleInChat, {
  card, sale: sale(), shut: false, manages: false, ...props,
}, locale);
const words = async (props: object = {}, locale?: "zh-CN") => wordsOf(await shown(props, locale));

describe("a flash sale in a chat", () => {
  it("says what it costs instead of what, what is left, and lets one claim", async () => {
    const html = await shown();
    expect(wordsOf(html)).toMatch(/Teapot .*¥19 .*¥49 .*Ends in .*30% claimed 7 of 10 left, 2 each Claim$/);
    expect(html).toContain('aria-label="Flash sale: Teapot"');
    expect(html).toContain('href="/products/5"');
    expect(await words({}, "zh-CN")).toMatch(/秒杀 茶壶 .*距结束 .*剩 7 \/ 10 件，每人限 2 件 马上抢$/);
  });

  it("counts down before it starts, when nobody can claim", async () => {
    const html = await shown({ sale: sale({ state: "scheduled", starts_at: Date.now() + MINUTE }) });
    expect(wordsOf(html)).toMatch(/Starts in .* 30% claimed 10 in all, 2 each Soon$/);
    expect(html).toMatch(/<button[^>]* disabled[^>]*>Soon/);
  });

  it("tells sold out from held by others, from over, and from stopped", async () => {
    expect(await words({ sale: sale({}, { held: 9 }) }))
      .toMatch(/All claimed What nobody pays for in time comes back\. All on hold$/);
    expect(await words({ sale: sale({ close_reason: "sold_out", state: "closed" }, { held: 0, sold: 10 }) }))
      .toMatch(/Sold out 10 in all, 2 each Usual price$/);
    expect(await words({ sale: sale({ close_reason: "ended", state: "closed" }) })).toContain("Flash sale over");
    expect(await words({ sale: sale({ close_reason: "stopped", state: "closed" }) })).toContain("Flash sale stopped");
  });

  it("says as the how manieth one has it, and leads to the payment, then to the order", async () => {
    const claim: Claim = {
      id: 70, sale: 17, sku: 3, quantity: 1, unit_price: cny(1900), state: "held", position: 4,
      expires_at: Date.now() + 10 * MINUTE, title: card.title, picture: null, options: [],
    };
    noteClaim(claim);
    expect(await words({ sale: sale({ id: 17 }) })).toMatch(/Yours · no\. 4 .* 7 of 10 left, 2 each Pay now$/);
    expect(await words({ sale: sale({ id: 17 }, { held: 9 }) })).toMatch(/ 0 of 10 left, 2 each Pay now$/);
    // It may still be paid when the sale is over.
    const closed = { id: 17, state: "closed", close_reason: "stopped" } as const;
    expect(await words({ sale: sale(closed) })).toMatch(/Yours · no\. 4 .* Pay now$/);
    noteClaim({ ...claim, state: "sold" });
    expect(await words({ sale: sale(closed) })).toMatch(/Bought · no\. 4 10 in all, 2 each My orders$/);
  });

  it("shows who runs the group how it goes, and a stop for as long as it runs", async () => {
    expect(await words({ manages: true })).toMatch(/Claim Paid 1 On hold 2 Units 10 Stop$/);
    const coming = sale({ state: "scheduled", starts_at: Date.now() + MINUTE });
    expect(await words({ manages: true, sale: coming })).toMatch(/Call off$/);
    const over = sale({ state: "closed", close_reason: "ended" });
    expect(await words({ manages: true, sale: over })).toMatch(/Units 10$/);
    expect(await words()).not.toContain("Paid");
  });

  it("keeps to what the message says before the sale has told, and where it is for others", async () => {
    expect(await shown({ sale: null })).toContain('role="status" aria-label="Loading"');
    expect(await words({ shut: true })).toMatch(/Teapot .*Only members of the group/);
    expect(await shown({ shut: true })).not.toContain("<button");
  });

  it("is known by its card", () => {
    expect(offeredBy(card)).toEqual({ kind: "sale", id: 7 });
    expect(offeredBy({ ...card, about: "drop:8" })).toEqual({ kind: "drop", id: 8 });
    for (const about of ["sale:0", "sale:x", "sale:7/8", "wholesale:7", "drop:"]) {
      expect(offeredBy({ ...card, about })).toBeNull();
    }
    expect(offeredBy(null)).toBeNull();
  });
});
