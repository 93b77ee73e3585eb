import { describe, expect, it } from "vitest";

import { couponOf, problemsOf, type DropDraft } from "./dropping";

const GOOD: DropDraft = {
  coupon: null, name: "¥5", byPercent: false, off: 500, percentOff: null, minimum: 3000, validDays: 7,
  quantity: 100, watchMinutes: 3, follow: true, group: 12, countdown: 10, duration: 60,
};

describe("the form of a drop", () => {
  it("accepts what the server accepts, up to its limits", () => {
    expect(problemsOf(GOOD, null)).toEqual({});
    expect(problemsOf({ ...GOOD, off: 3000, countdown: 300, duration: 3600, quantity: 100_000 }, null)).toEqual({});
    expect(problemsOf({ ...GOOD, off: 1, minimum: 0, countdown: 0, duration: 10, watchMinutes: 0 }, null)).toEqual({});
    expect(problemsOf({ ...GOOD, name: "", byPercent: true, off: null, percentOff: 99 }, null)).toEqual({});
  });

  it("names every field that is wrong at once", () => {
    const empty: DropDraft = {
      coupon: null, name: "x".repeat(61), byPercent: false, off: null, percentOff: null, minimum: null, validDays: null,
      quantity: null, watchMinutes: null, follow: false, group: null, countdown: null, duration: null,
    };
    expect(problemsOf(empty, null)).toEqual({
      name: "name_long",
      off: "off_missing",
      minimum: "minimum_wrong",
      validDays: "days_range",
      quantity: "quantity_range",
      watchMinutes: "watch_range",
      countdown: "countdown_range",
      duration: "duration_range",
    });
    expect(problemsOf({ ...GOOD, byPercent: true, percentOff: 100 }, null)).toEqual({ percentOff: "percent_range" });
  });

  it("gives away no more than the goods cost", () => {
    expect(problemsOf({ ...GOOD, off: 3001 }, null)).toEqual({ off: "off_over_minimum" });
  });

  it("drops no more of a coupon than are left, and asks nothing else of one that is there", () => {
    const known = { ...GOOD, coupon: 4, name: "", off: null, minimum: null, validDays: null };
    expect(problemsOf(known, null)).toEqual({});
    expect(problemsOf(known, 100)).toEqual({});
    expect(problemsOf(known, 99)).toEqual({ quantity: "quantity_left" });
  });

  it("keeps the times in their ranges", () => {
    expect(problemsOf({ ...GOOD, duration: 9 }, null)).toEqual({ duration: "duration_range" });
    expect(problemsOf({ ...GOOD, duration: 3601 }, null)).toEqual({ duration: "duration_range" });
    expect(problemsOf({ ...GOOD, watchMinutes: 601 }, null)).toEqual({ watchMinutes: "watch_range" });
  });

  it("gives the server a coupon that is there, or the terms of a new one", () => {
    expect(couponOf({ ...GOOD, coupon: 4 })).toEqual({ coupon: 4 });
    expect(couponOf({ ...GOOD, name: " ", byPercent: true, percentOff: 15 })).toEqual({
      terms: { name: "", off: 0, percent_off: 15, minimum: 3000, valid_days: 7 },
    });
    expect(couponOf({ ...GOOD, percentOff: 15 })).toEqual({
      terms: { name: "¥5", off: 500, percent_off: 0, minimum: 3000, valid_days: 7 },
    });
  });
});
