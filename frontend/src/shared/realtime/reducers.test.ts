import { describe, expect, it } from "vitest";

import type { ShelfItem } from "../api/types";
import { dropPhase, reduceDrop, missingDeeds, secsToWatch, withDrop } from "./drop";
import { EMPTY_INBOX, reduceInbox, shownNotices, withNotices } from "./inbox";
import { NOTHING_PERSONAL, openClaims, openPersonal, reducePersonal, unpaidOrders } from "./personal";
import {
  mergeMessages, openRoom, pinnedOf, reduceRoom, ROWS_KEPT, ROWS_LEAVING, withChange, withFailure, withOwn,
  type RoomState,
} from "./room";
import { itemPhase, reduceSale, unitsLeft, withSale } from "./sale";
import type {
  Claim, DropState, Message, Notice, OrderBrief, SaleState, ShowEvent, ShowSnapshot, UserEvent,
} from "./wire";

const host = { id: 1, display_name: "Lin", avatar: null };
const yuan = (amount: number) => ({ amount, currency: "CNY" });
const text = (words: string) => ({ zh: words, en: words });

function message(seq: number, more: Partial<Message> = {}): Message {
  const author = { ...host, role: null };
  return { id: seq * 10, seq, author, text: `m${seq}`, key: `k${seq}`, at: seq, change: seq, ...more };
}

function item(id: number, more: Partial<ShelfItem> = {}): ShelfItem {
  const looks = { picture: null, picture_ratio: null };
  const product = { id, title: text(`p${id}`), ...looks, price: yuan(100), list_price: null, in_stock: true };
  return { id, number: id, sold_out: false, pinned: true, product, ...more };
}

function sale(version: number, more: Partial<SaleState> = {}): SaleState {
  return {
    id: 9, channel: "show:7", state: "open", starts_at: 1_000, ends_at: 61_000, version, close_reason: null,
    items: [{
      sku: 5, product: 3, title: text("cup"), picture: null, options: [], price: yuan(3900), list_price: yuan(8900),
      total: 10, held: 0, sold: 0, limit: 1,
    }],
    ...more,
  };
}

function drop(version: number, more: Partial<DropState> = {}): DropState {
  return {
    id: 4, channel: "show:7", state: "open", starts_at: 1_000, ends_at: 61_000, version, close_reason: null,
    coupon: {
      id: 2, name: text("five off"), off: yuan(500), percent_off: 0, most_off: null, minimum: yuan(0), group: "",
      categories: [], products: [],
    },
    valid_days: 7, usable_until: null, quantity: 10, given: 0, conditions: [], ...more,
  };
}

const show = {
  id: 7, title: "Evening", state: "live" as const, cover: null, host, scheduled_at: null, started_at: 1, ended_at: null,
  version: 4,
};

function snapshot(more: Partial<ShowSnapshot> = {}): ShowSnapshot {
  return {
    show,
    playback: { url: null, live: false, version: 1 },
    pinned: [], shelf_count: 2, sales: [], drops: [], messages: [], last_seq: 0,
    viewers: 3, likes: 5, chat: { max_length: 200, slow_mode_secs: 0 },
    rules: {
      slow_mode_secs: 0, followers_only: false, min_account_age_secs: 0, links: true, chat: true, held: false,
      raid_until: null, version: 0,
    },
    ...more,
  };
}

const replay = (room: RoomState, ...events: ShowEvent[]) => events.reduce(reduceRoom, room);
const seqs = (rows: { seq: number | null }[]) => rows.map(({ seq }) => seq);

describe("chat rows", () => {
  it("shows a message as it has become, and in what quotes it, whatever the order", () => {
    const quote = { seq: 1, author: host, text: "m1", recalled: false, version: 1 };
    const rows = mergeMessages([], [message(1), message(2, { reply: quote })]);
    const edited = message(1, { text: `${"👍".repeat(90)}`, version: 2 });
    const recalled = message(1, { text: "", version: 3, recalled: true });
    const now = withChange(rows, edited);
    expect(now.map((row) => row.text)).toEqual([edited.text, "m2"]);
    expect(now[1]?.reply?.text).toBe("👍".repeat(80));
    const gone = withChange(withChange(now, recalled), edited);
    expect(gone[0]).toMatchObject({ text: "", recalled: true, version: 3 });
    expect(gone[1]?.reply).toMatchObject({ text: "", recalled: true, version: 3 });
    expect(withChange(rows, message(7, { version: 2 }))).toEqual(rows);
    expect(mergeMessages(gone, [message(1)])[0]).toMatchObject({ recalled: true });
  });

  it("stand in the order of seq, each once", () => {
    const rows = mergeMessages([], [message(3), message(1)]);
    expect(seqs(mergeMessages(rows, [message(2), message(3), message(1)]))).toEqual([1, 2, 3]);
  });

  it("replace the row that was waiting for them, by author and key", () => {
    const own = { author: { ...host, role: null }, text: "hi", key: "own", at: 5 };
    const waiting = withOwn(mergeMessages([], [message(1)]), own);
    expect(seqs(waiting)).toEqual([1, null]);
    const other = mergeMessages(waiting, [message(2, { key: "own", author: { ...host, id: 2, role: null } })]);
    expect(seqs(other)).toEqual([1, 2, null]);
    const confirmed = mergeMessages(other, [message(3, { key: "own" })]);
    expect(confirmed.map(({ seq, state }) => [seq, state])).toEqual([[1, "sent"], [2, "sent"], [3, "sent"]]);
  });

  it("tell a failed one from the rest, and one that is sent again waits again", () => {
    const own = { author: { ...host, role: null }, text: "hi", key: "own", at: 5 };
    const failed = withFailure(withOwn([], own), "own", "too_fast");
    expect(failed).toMatchObject([{ state: "failed", error: "too_fast" }]);
    expect(withOwn(failed, own)).toMatchObject([{ state: "sending" }]);
    expect(withOwn(failed, own)).toHaveLength(1);
  });

  it("are never more than the room keeps", () => {
    const many = Array.from({ length: 250 }, (_, index) => message(index + 1));
    let rows = mergeMessages([], many.slice(0, ROWS_KEPT));
    expect(rows).toHaveLength(ROWS_KEPT);
    rows = mergeMessages(rows, many.slice(ROWS_KEPT, ROWS_KEPT + 1));
    expect(seqs(rows)).toEqual(many.slice(ROWS_LEAVING + 1, ROWS_KEPT + 1).map(({ seq }) => seq));
    expect(seqs(mergeMessages(rows, many)).at(-1)).toBe(250);
    expect(mergeMessages(rows, many).length).toBeLessThanOrEqual(ROWS_KEPT);
  });
});

describe("a room", () => {
  it("ignores pins of an older version, but remembers the item they bring", () => {
    const later: ShowEvent = { type: "item.pinned", at: 2, item: item(2), version: 6, pinned: [1, 2] };
    const earlier: ShowEvent = { type: "item.pinned", at: 1, item: item(1), version: 5, pinned: [1] };
    const room = openRoom(snapshot());
    const turned = replay(room, later, earlier);
    expect(pinnedOf(turned).map(({ id }) => id)).toEqual([1, 2]);
    expect(pinnedOf(turned)).toEqual(pinnedOf(replay(room, earlier, later)));
  });

  it("ends in the same state whichever way two events of one thing arrive", () => {
    const sold: ShowEvent = { type: "item.changed", at: 2, item: item(1, { sold_out: true }), version: 8 };
    const before: ShowEvent = { type: "item.changed", at: 1, item: item(1), version: 7 };
    const room = openRoom(snapshot({ pinned: [item(1)] }));
    expect(pinnedOf(replay(room, sold, before))[0]?.sold_out).toBe(true);
    expect(replay(room, sold, before)).toEqual(replay(room, before, sold));
    const ended: ShowEvent = { type: "show.ended", at: 9, show: { ...show, state: "ended", version: 6 } };
    const started: ShowEvent = { type: "show.started", at: 8, show: { ...show, version: 5 } };
    expect(replay(room, ended, started).show.state).toBe("ended");
    const picture = { url: "/a", live: true, version: 2 };
    const nothing = { url: null, live: false, version: 3 };
    const on: ShowEvent = { type: "stream.changed", at: 1, playback: picture, version: 2 };
    const off: ShowEvent = { type: "stream.changed", at: 2, playback: nothing, version: 3 };
    expect(replay(room, off, on).playback).toEqual(nothing);
  });

  it("keeps durable state when it recovered, and takes only counts from the snapshot", () => {
    const room = replay(openRoom(snapshot({ messages: [message(1)] })), {
      type: "chat.sent", at: 2, message: message(2),
    });
    const back = openRoom(snapshot({ viewers: 9, likes: 4, messages: [] }), room, true);
    expect(seqs(back.rows)).toEqual([1, 2]);
    expect([back.viewers, back.likes]).toEqual([9, 5]);
  });

  it("starts anew when it did not recover, but keeps what one was sending", () => {
    const room = openRoom(snapshot({ messages: [message(1)] }));
    const rows = withOwn(room.rows, { author: { ...host, role: null }, text: "hi", key: "own", at: 5 });
    const back = openRoom(snapshot({ messages: [message(40)] }), { ...room, rows }, false);
    expect(seqs(back.rows)).toEqual([40, null]);
  });

  it("never counts likes down, and shows each purchase once", () => {
    const paid: ShowEvent = { type: "order.paid", at: 3, buyer: "小**", title: text("cup"), quantity: 1 };
    const room = replay(openRoom(snapshot()), { type: "likes.counted", at: 1, total: 2 }, paid, paid);
    expect(room.likes).toBe(5);
    expect(room.notes).toHaveLength(1);
  });
});

describe("a sale", () => {
  it("ignores older stock and older states", () => {
    const counted = reduceSale(sale(5), {
      type: "stock.changed", at: 1, sale: 9, version: 7, items: [{ sku: 5, total: 10, held: 2, sold: 3 }],
    });
    expect(counted.items[0]).toMatchObject({ held: 2, sold: 3 });
    const older = { type: "stock.changed", at: 1, sale: 9, version: 6, items: [] } as const;
    expect(reduceSale(counted, { ...older, items: [{ sku: 5, total: 10, held: 9, sold: 0 }] })).toBe(counted);
    expect(reduceSale(counted, { type: "sale.opened", at: 1, sale: sale(6) })).toBe(counted);
    expect(withSale([counted], sale(6))).toEqual([counted]);
  });

  it("tells what can be done with an item", () => {
    const open = sale(1);
    const [thing] = open.items;
    if (!thing) throw new Error("no item");
    expect(itemPhase({ ...open, state: "scheduled" }, thing, 500)).toBe("scheduled");
    expect(itemPhase(open, thing, 2_000)).toBe("open");
    expect(itemPhase(open, { ...thing, held: 6, sold: 4 }, 2_000)).toBe("all_held");
    expect(itemPhase(open, { ...thing, sold: 10 }, 2_000)).toBe("sold_out");
    expect(itemPhase(open, thing, 61_000)).toBe("closed");
    expect(unitsLeft({ ...thing, held: 6, sold: 3 })).toBe(1);
  });
});

describe("a drop", () => {
  const counted = (version: number, given: number) => {
    return { type: "drop.counted" as const, at: 1, drop: 4, version, given };
  };

  it("ignores older counts and older states", () => {
    const running = reduceDrop(drop(1), counted(3, 4));
    expect(running).toMatchObject({ version: 3, given: 4 });
    expect(reduceDrop(running, counted(2, 3))).toBe(running);
    expect(reduceDrop(running, { ...counted(9, 9), drop: 5 })).toBe(running);
    expect(reduceDrop(running, { type: "drop.opened", at: 1, drop: drop(2) })).toBe(running);
    const over = drop(4, { state: "closed", close_reason: "ended", given: 4 });
    expect(reduceDrop(running, { type: "drop.closed", at: 1, drop: over })).toBe(over);
    expect(withDrop([over], drop(1))).toEqual([over]);
  });

  it("is part of the room", () => {
    const room = openRoom(snapshot({ drops: [drop(1)] }));
    const closed = drop(2, { state: "closed", close_reason: "stopped" });
    const after = replay(room, { type: "drop.closed", at: 1, drop: closed });
    expect(replay(after, { type: "drop.opened", at: 1, drop: drop(1) }).drops).toEqual([closed]);
  });

  it("tells what can be done with it", () => {
    expect(dropPhase(drop(1, { state: "scheduled" }), 500)).toBe("scheduled");
    expect(dropPhase(drop(1, { state: "scheduled" }), 1_000)).toBe("open");
    expect(dropPhase(drop(1), 60_999)).toBe("open");
    expect(dropPhase(drop(1), 61_000)).toBe("closed");
    expect(dropPhase(drop(1, { state: "closed", close_reason: "stopped" }), 2_000)).toBe("closed");
    expect(dropPhase(drop(1, { given: 10 }), 2_000)).toBe("gone");
    expect(dropPhase(drop(1, { state: "closed", close_reason: "gone", given: 10 }), 99_000)).toBe("gone");
  });
});

describe("what is still to be watched", () => {
  const step = (kind: string, least: number, have: number) => ({ kind, least, of: null, have });
  const watched = (have: number, now: number) => secsToWatch([step("watched", 180, have)], 10_000, now);

  it("is not what a press of a button does", () => {
    const progress = [step("followed", 1, 0), step("member", 1, 1), step("watched", 180, 0)];
    expect(missingDeeds(progress)).toEqual([step("followed", 1, 0)]);
    expect(missingDeeds([step("followed", 1, 1)])).toEqual([]);
  });

  it("counts down, and never below nothing", () => {
    expect(watched(60, 10_000)).toBe(120);
    expect(watched(60, 40_999)).toBe(90);
    expect(watched(60, 500_000)).toBe(0);
    expect(watched(200, 10_000)).toBe(0);
    // A clock that went back does not take away what was watched.
    expect(watched(60, 1_000)).toBe(120);
    expect(secsToWatch([], 0, 10_000)).toBe(0);
  });
});

describe("what belongs to a person", () => {
  const claim = (state: Claim["state"], id = 1): Claim => ({
    id, sale: 9, sku: 5, quantity: 1, unit_price: yuan(3900), state, position: 1, expires_at: 60_000,
    title: text("cup"), picture: null, options: [],
  });
  const order = (version: number, state: OrderBrief["state"]): OrderBrief => ({
    number: "S1", state, total: yuan(3900), expires_at: 60_000, version,
  });

  it("does not get a claim back that was settled", () => {
    const settled = reducePersonal(NOTHING_PERSONAL, { type: "claim.settled", at: 2, claim: claim("sold") });
    const late = reducePersonal(settled, { type: "claim.won", at: 1, claim: claim("held") });
    expect(openClaims(late, 0)).toEqual([]);
  });

  it("does not go back to an older state of an order", () => {
    const paid = reducePersonal(NOTHING_PERSONAL, { type: "order.paid", at: 2, order: order(3, "paid") });
    expect(reducePersonal(paid, { type: "order.changed", at: 1, order: order(2, "pending_payment") })).toBe(paid);
    expect(unpaidOrders(paid, 0)).toEqual([]);
  });

  it("keeps the latest of what somebody is, in whatever order it is told", () => {
    const alone = { following: false, followed_by: false, friends: false, request: null, blocked: false };
    const standing = (version: number, following: number) => ({ ...NOTHING_PERSONAL.people, version, following });
    const person = { id: 7, display_name: "Ann", avatar: null };
    const later = reducePersonal(NOTHING_PERSONAL, {
      type: "follow.removed", at: 2, person, relation: alone, standing: standing(4, 0),
    });
    const both = reducePersonal(later, {
      type: "follow.added", at: 1, person, relation: { ...alone, following: true }, standing: standing(3, 1),
    });
    expect(both.relations[7]?.relation).toEqual(alone);
    expect(both.people.following).toBe(0);
    const fan = reducePersonal(both, {
      type: "standing.counted", at: 3, person: 8, relation: { ...alone, followed_by: true },
      standing: { ...standing(5, 0), followers: 1 },
    });
    expect(fan.people.followers).toBe(1);
    expect(fan.relations[8]?.relation.followed_by).toBe(true);
  });

  it("has an open claim again after a reload, until it lapses", () => {
    const stored = { claims: [claim("held")], orders: [], cart: { version: 3, count: 2, units: 5 },
      people: NOTHING_PERSONAL.people, unread: 0,
      notices: { unread: 2, version: 5 }, sanctions: [] };
    const found = openPersonal(stored, NOTHING_PERSONAL, false);
    expect(openClaims(found, 59_999).map(({ id }) => id)).toEqual([1]);
    expect(openClaims(found, 60_000)).toEqual([]);
    expect(found.notices.unread).toBe(2);
  });
});

describe("the inbox", () => {
  const notice = (id: number, seq: number): Notice => ({
    id, seq, kind: "order", people: [], count: 1, about: "", title: null, text: "", word: "paid", until: null,
    at: 1, read: false,
  });
  const inbox = (version: number) => ({ unread: 1, version });
  const events: UserEvent[] = [
    { type: "notice.added", at: 1, notice: notice(1, 1), inbox: inbox(1) },
    { type: "notice.added", at: 2, notice: notice(2, 2), inbox: inbox(2) },
    { type: "notice.read", at: 3, notice: null, through: 2, inbox: inbox(3) },
    { type: "notice.added", at: 4, notice: notice(1, 4), inbox: inbox(4) },
    { type: "notice.added", at: 5, notice: notice(3, 5), inbox: inbox(5) },
    { type: "notice.removed", at: 6, notice: 2, inbox: inbox(6) },
    { type: "notice.read", at: 7, notice: 3, through: 5, inbox: inbox(7) },
    { type: "notice.added", at: 8, notice: notice(3, 8), inbox: inbox(8) },
  ];
  const expected = [{ ...notice(3, 8) }, { ...notice(1, 4) }];

  it("is the same in whatever order it is told", () => {
    expect(shownNotices(events.reduce(reduceInbox, EMPTY_INBOX))).toEqual(expected);
    expect(shownNotices([...events].reverse().reduce(reduceInbox, EMPTY_INBOX))).toEqual(expected);
    const half = events.slice(0, 3).reduce(reduceInbox, EMPTY_INBOX);
    expect(shownNotices(half).map(({ id, read }) => [id, read])).toEqual([[2, true], [1, true]]);
    // A page that was fetched before some of it was told.
    const fetched = withNotices(half, [notice(1, 1)]);
    expect(shownNotices(fetched)[1]?.read).toBe(true);
  });

  it("counts what the latest version says", () => {
    const counted = [...events].reverse().reduce(reducePersonal, NOTHING_PERSONAL);
    expect(counted.notices.version).toBe(8);
  });
});
