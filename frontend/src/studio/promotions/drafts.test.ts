import { describe, expect, it } from "vitest";

import type { StudioCoupon, StudioThreshold } from "@/shared/api";

import {
  checkCoupon, checkThreshold, couponDraft, newCoupon, newThreshold, thresholdDraft, type CouponDraft,
  type ThresholdDraft,
} from "./drafts";

const NOW = Date.UTC(2026, 10, 29);
const DAY_MS = 86_400_000;
const named = { name_zh: "满减", name_en: "" };
const coupon = (more: Partial<CouponDraft>) => checkCoupon({ ...newCoupon(NOW), ...named, off: "5", ...more });
const ladder = (more: Partial<ThresholdDraft>) => {
  return checkThreshold({ ...newThreshold(NOW), ...named, steps: [{ from: "100", off: "9.90" }], ...more });
};

describe("a coupon", () => {
  it("is sent in minor units, with one name where only one is given", () => {
    const { terms, problems } = coupon({ minimum: "30", most_off: "", group: "welcome" });
    expect(problems).toEqual({});
    expect(terms).toMatchObject({
      name_zh: "满减", name_en: "满减", off: 500, percent_off: 0, minimum: 3000, most_off: null, group: "welcome",
      categories: [], products: [], code: null, starts_at: "2026-11-29T00:00:00.000Z",
    });
  });

  it("takes a percentage alone, and a code for its own way alone", () => {
    const { terms } = coupon({ percent: true, percent_off: 15, way: "drop", code: "SOUK-2026", per_day: 5 });
    expect(terms).toMatchObject({ off: 0, percent_off: 15, code: null, per_day: null });
    expect(coupon({ way: "code", code: " SOUK-2026 " }).terms).toMatchObject({ code: "SOUK-2026" });
  });

  it.each<[Partial<CouponDraft>, Record<string, string>]>([
    [{ name_zh: " " }, { name_zh: "name" }],
    [{ off: "" }, { off: "amount" }],
    [{ off: "0" }, { off: "amount" }],
    [{ off: "five" }, { off: "amount" }],
    [{ minimum: "1.234" }, { minimum: "amount" }],
    [{ most_off: "-1" }, { most_off: "amount" }],
    [{ percent: true, percent_off: null }, { percent_off: "number" }],
    [{ per_user: null }, { per_user: "number" }],
    [{ way: "code", code: "short" }, { code: "code" }],
    [{ group: "Big Group" }, { group: "group" }],
    [{ valid_days: null }, { valid_days: "end" }],
    [{ usable_until: new Date(NOW) }, { usable_until: "dates" }],
    [{ ends_at: new Date(NOW) }, { ends_at: "dates" }],
    [{ scoped: true }, { scope: "scope" }],
  ])("%o is refused", (more, problems) => {
    expect(coupon(more).problems).toEqual(problems);
  });

  it("says for which goods, and keeps what was chosen out when it is for everything", () => {
    const goods = { categories: ["tea"], products: [{ id: 7, label: "Cup" }] };
    expect(coupon({ scoped: true, ...goods }).terms).toMatchObject({ categories: ["tea"], products: [7] });
    expect(coupon({ scoped: false, ...goods }).terms).toMatchObject({ categories: [], products: [] });
  });

  it("comes back as it was made", () => {
    const until = new Date(NOW + DAY_MS);
    const { terms } = coupon({
      way: "code", code: "SOUK-2026", off: "9.90", minimum: "30", total: 5, per_user: 2, per_day: 3,
      usable_until: until, scoped: true, products: [{ id: 7, label: "Cup" }],
    });
    const scope = { categories: [], products: [{ id: 7, title: { zh: "杯", en: "Cup" } }] };
    const one = { terms, scope } as unknown as StudioCoupon;
    expect(couponDraft(one)).toMatchObject({ off: "9.90", minimum: "30", scoped: true, usable_until: until });
    expect(checkCoupon(couponDraft(one))).toEqual({ terms, problems: {} });
  });
});

describe("a ladder", () => {
  it("has its steps in minor units, and with every full amount only the first", () => {
    const steps = [{ from: "100", off: "10" }, { from: "200", off: "30" }];
    expect(ladder({ steps }).terms).toMatchObject({ steps: [[10000, 1000], [20000, 3000]], repeats: false });
    expect(ladder({ steps, repeats: true }).terms).toMatchObject({ steps: [[10000, 1000]], repeats: true });
  });

  it("names every step that is wrong", () => {
    const steps = [{ from: "100", off: "101" }, { from: "100", off: "" }, { from: "x", off: "1" }];
    expect(ladder({ steps }).problems).toEqual({
      "off-0": "off", "from-1": "ladder", "off-1": "amount", "from-2": "amount",
    });
  });

  it("comes back as it was made", () => {
    const { terms } = ladder({ most_off: "50", precedence: 3 });
    const one = { terms, scope: { categories: [], products: [] } } as unknown as StudioThreshold;
    expect(checkThreshold(thresholdDraft(one))).toEqual({ terms, problems: {} });
  });
});
