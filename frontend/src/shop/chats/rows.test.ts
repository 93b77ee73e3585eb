import { describe, expect, it } from "vitest";

import type { Message } from "@/shared/realtime";

import { covers, offsetsOf, rowAt, sliceOf } from "./log/offsets";
import { shownRow, type Row } from "./rows";

const noon = new Date(2026, 4, 4, 12).getTime();

function message(seq: number, author: number, at: number): Message {
  const who = { id: author, display_name: "x", avatar: null, role: null };
  return { id: seq, seq, author: who, text: "x", key: `k${seq}`, at, change: seq };
}

describe("rows of a chat", () => {
  const rows: Row[] = [
    message(1, 1, noon), message(2, 1, noon + 60_000), message(3, 2, noon + 120_000), message(4, 2, noon + 900_000),
    message(5, 2, noon + 86_400_000),
    {
      channel: "group:1", key: "own", text: "x", reply: null, file: null, at: noon + 86_460_000, state: "sending",
      error: "",
    },
  ];
  const shown = (index: number, unreadAfter: number | null = null) => shownRow(rows, index, 2, unreadAfter);

  it("stand under one name as long as nobody else, no time and no day is between", () => {
    expect(rows.map((_, index) => shown(index)?.isFirst)).toEqual([true, false, true, true, true, false]);
    expect(rows.map((_, index) => shown(index)?.day)).toEqual([true, false, false, false, true, false]);
    expect(rows.map((_, index) => shown(index)?.isOwn)).toEqual([false, false, true, true, true, true]);
  });

  it("mark where what is new begins, if it is by others", () => {
    const marks = (unreadAfter: number) => rows.map((_, index) => shown(index, unreadAfter)?.isNew);
    expect(marks(1)).toEqual([false, true, false, false, false, false]);
    expect(marks(2)).toEqual([false, false, false, false, false, false]);
  });
});

describe("what is drawn of many rows", () => {
  const offsets = offsetsOf(1000, (index) => (index % 2 ? 50 : 150));

  it("is known by where one stands", () => {
    expect([rowAt(offsets, 0), rowAt(offsets, 149), rowAt(offsets, 150), rowAt(offsets, 1e9)]).toEqual([0, 0, 1, 999]);
    expect(rowAt(offsetsOf(0, () => 1), 10)).toBe(0);
  });

  it("is what the screen shows and a little more", () => {
    const slice = sliceOf(offsets, 10_000, 10_800, 300);
    expect(slice).toEqual({ from: 96, to: 111 });
    expect(covers(slice, sliceOf(offsets, 10_100, 10_700, 300))).toBe(true);
    expect(covers(slice, sliceOf(offsets, 11_000, 11_800, 300))).toBe(false);
    expect(sliceOf(offsetsOf(0, () => 1), 0, 800, 300)).toEqual({ from: 0, to: 0 });
  });
});
