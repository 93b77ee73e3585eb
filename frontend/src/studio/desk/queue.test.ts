import { describe, expect, it } from "vitest";

import type { ModerationCase } from "@/shared/api";

import { matches, neighbour, nextAfter, NO_FILTERS, withCase } from "./queue";

const one = (id: number, more: Partial<ModerationCase> = {}): ModerationCase => ({
  id, kind: "message", target: `message:${id}`, scope: "show:7", place: "Tea", subject: null, copy: { text: "t" },
  state: "open", weight: 1, reports: 1, reasons: ["spam"], rule: "", hidden: false, opened_at: id, reported_at: id,
  decision: null, decided_by: null, decided_at: null, version: 1, ...more,
});
const ids = (list: ModerationCase[]) => list.map(({ id }) => id);

describe("the queue", () => {
  it("keeps its order as cases change", () => {
    const list = [one(1, { weight: 3 }), one(2, { weight: 2 })];
    expect(ids(withCase(list, one(2, { weight: 4, version: 2 }), NO_FILTERS))).toEqual([2, 1]);
    expect(ids(withCase(list, one(3), { ...NO_FILTERS, order: "latest" }))).toEqual([3, 2, 1]);
    expect(ids(withCase(list, one(0), { ...NO_FILTERS, order: "age" }))).toEqual([0, 1, 2]);
  });

  it("lets go of what is decided, and takes no older news", () => {
    const list = [one(1, { version: 5 }), one(2)];
    expect(ids(withCase(list, one(2, { state: "decided", version: 2 }), NO_FILTERS))).toEqual([1]);
    expect(withCase(list, one(1, { state: "decided", version: 4 }), NO_FILTERS)).toEqual(list);
  });

  it("filters", () => {
    expect(matches(one(1), { ...NO_FILTERS, place: "group" })).toBe(false);
    expect(matches(one(1, { rule: "Links" }), { ...NO_FILTERS, source: "rules" })).toBe(true);
    expect(matches(one(1), { ...NO_FILTERS, reason: "hate" })).toBe(false);
    expect(matches(one(1), { ...NO_FILTERS, kind: "message", reason: "spam" })).toBe(true);
    expect(matches(one(1), { ...NO_FILTERS, kind: "group" })).toBe(false);
    expect(matches(one(1), { ...NO_FILTERS, subject: 5 })).toBe(false);
    const sam = { id: 5, display_name: "Sam", avatar: null };
    expect(matches(one(1, { subject: sam, state: "decided" }), { ...NO_FILTERS, subject: 5, state: "any" })).toBe(true);
  });

  it("goes up and down, and on to the next", () => {
    const list = [one(1), one(2), one(3)];
    expect([neighbour(list, null, 1), neighbour(list, 1, 1), neighbour(list, 3, 1), neighbour(list, 1, -1)])
      .toEqual([1, 2, 3, 1]);
    expect([nextAfter(list, 1), nextAfter(list, 3), nextAfter([one(1)], 1)]).toEqual([2, 2, null]);
  });
});
