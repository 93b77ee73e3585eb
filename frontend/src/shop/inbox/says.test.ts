import { describe, expect, it } from "vitest";

import type { Notice } from "@/shared/realtime";

import english from "../locales/en/inbox.json";
import { placeOf } from "./says";

const person = (id: number) => ({ id, display_name: `P${id}`, avatar: null });
const notice = (more: Partial<Notice>): Notice => ({
  id: 1, seq: 1, kind: "order", people: [], count: 1, about: "", title: null, text: "", word: "", until: null,
  at: 1, read: false, ...more,
});

describe("where a notice leads", () => {
  it.each<[Partial<Notice>, string | null]>([
    [{ kind: "follow", people: [person(3)] }, "/u/3"],
    [{ kind: "follow", people: [person(3), person(4)], count: 2 }, "/people?tab=followers"],
    [{ kind: "follow", count: 1 }, "/people?tab=followers"],
    [{ kind: "friend_request", people: [person(3)] }, "/people?tab=requests"],
    [{ kind: "friend_accepted", people: [person(3)] }, "/u/3"],
    [{ kind: "friend_accepted" }, null],
    [{ kind: "show_live", about: "show:7" }, "/shows/7"],
    [{ kind: "order", about: "order:202611280123456789" }, "/orders/202611280123456789"],
    [{ kind: "case", about: "case:3" }, "/aftersales/3"],
    [{ kind: "coupon", about: "coupon:3" }, "/coupons?tab=usable"],
    [{ kind: "mention", about: "group:3/57" }, "/chats/group/3?at=57"],
    [{ kind: "group_request", about: "group:3" }, "/chats/group/3/about"],
    [{ kind: "sanction", about: "somewhere:3" }, null],
    [{ kind: "sanction" }, null],
    [{ kind: "appeal", about: "sanction:3", word: "upheld" }, "/standing"],
    [{ kind: "held", about: "group:3" }, "/chats/group/3/about"],
    [{ kind: "stock", about: "sku:5", word: "low" }, "/studio/stock?low"],
    [{ kind: "report", about: "report:3", word: "acted" }, null],
  ])("%o", (said, path) => {
    expect(placeOf(notice(said))).toBe(path);
  });
});

it("has a name for every kind that has a sentence", () => {
  const kinds = Object.keys(english.says)
    .map((key) => key.replace(/^(order|case|report|appeal|follow|stock)_.*/, "$1"));
  expect(new Set(kinds.filter((kind) => kind !== "other"))).toEqual(new Set(Object.keys(english.kind)));
});
