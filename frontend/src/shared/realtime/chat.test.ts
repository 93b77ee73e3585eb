import { describe, expect, it } from "vitest";

import {
  caughtUp, isAtEnd, isBehind, MOST_MISSED, openChat, openedAt, ownReactions, placeOf, readersOf, reduceChat,
  withMembership, withOlder, withPage, type ChatState, type MessagePage,
} from "./chat";
import {
  listedIn, NO_CONVERSATIONS, reduceList, unreadOf, withLastMessage, withList, withListed, type Listed,
} from "./conversations";
import type { ChatEvent, GroupSnapshot, Membership, Message, UserEvent } from "./wire";

const ann = { id: 1, display_name: "Ann", avatar: null };
const bo = { id: 2, display_name: "Bo", avatar: null };

function message(seq: number, more: Partial<Message> = {}): Message {
  const author = { ...ann, role: null };
  return { id: seq * 10, seq, author, text: `m${seq}`, key: `k${seq}`, at: seq, change: seq, ...more };
}

function messages(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
}

const membership: Membership = {
  id: 5, role: "member", joined_at: 1, joined_seq: 0, read_seq: 2, muted: false, pinned_at: null, version: 1,
};

function snapshot(more: Partial<GroupSnapshot> = {}): GroupSnapshot {
  const said = more.messages ?? [];
  return {
    group: {
      id: 7, title: "Tea", picture: null, announcement: null, join_policy: "open", question: "",
      mention_all: "managers", history: "all", capacity: 500, owner: ann, managers: [], closed_at: null, version: 3,
    },
    members: { count: 2, version: 3 },
    membership, messages: said, pinned: [], reacted: {}, reads: null,
    last_seq: said.at(-1)?.seq ?? 0, last_change: said.at(-1)?.change ?? 0,
    chat: { max_length: 2000, slow_mode_secs: 0 },
    rules: {
      slow_mode_secs: 0, followers_only: false, min_account_age_secs: 0, links: true, chat: true, held: false,
      raid_until: null, version: 0,
    }, ...more,
  };
}

const open = (more: Partial<GroupSnapshot> = {}) => openChat(snapshot(more), bo.id);
const sent = (said: Message): ChatEvent => ({ type: "chat.sent", at: 1, message: said });
const replay = (chat: ChatState, ...events: ChatEvent[]) => events.reduce(reduceChat, chat);
const seqs = (chat: ChatState) => chat.messages.map(({ seq }) => seq);
const page = (said: Message[], reacted: MessagePage["reacted"] = {}): MessagePage => ({ messages: said, reacted });

describe("the run of messages", () => {
  it("has no gap: what comes too early waits for what is between", () => {
    const early = replay(open({ messages: messages(1, 3) }), sent(message(5)), sent(message(6)));
    expect([seqs(early), early.lastSeq, isAtEnd(early), isBehind(early)]).toEqual([[1, 2, 3], 6, false, true]);
    const whole = replay(early, sent(message(4)), sent(message(4)));
    expect([seqs(whole), isAtEnd(whole), isBehind(whole)]).toEqual([[1, 2, 3, 4, 5, 6], true, false]);
  });

  it("begins with the first message where nothing was said before", () => {
    const empty = open();
    expect([seqs(empty), empty.complete, isAtEnd(empty)]).toEqual([[], true, true]);
    expect(seqs(replay(empty, sent(message(1))))).toEqual([1]);
  });

  it("grows above and below by pages, each message once", () => {
    const from = open({ messages: messages(51, 100) });
    expect(from.complete).toBe(false);
    const older = withOlder(from, page(messages(1, 50)), true);
    expect([seqs(older)[0], older.messages.length, older.complete]).toEqual([1, 100, true]);
    const jumped = openedAt(from, page(messages(10, 20)), false);
    expect([seqs(jumped), isAtEnd(jumped)]).toEqual([messages(10, 20).map(({ seq }) => seq), false]);
    // What was there joins on again when the pages between have come.
    expect(seqs(withPage(jumped, page(messages(21, 50))))).toHaveLength(91);
  });

  it("keeps what became of a message while its page was on the way", () => {
    const edited = message(3, { text: "better", version: 2, change: 61 });
    const heard = replay(open({ messages: messages(11, 60) }), { type: "chat.edited", at: 1, message: edited });
    const older = withOlder(heard, page(messages(1, 10)), true);
    expect(older.messages[2]?.text).toBe("better");
  });

  it("finds places at once, and past a gap", () => {
    const all = [...messages(4, 9), ...messages(12, 20)];
    expect([4, 9, 12, 20, 3, 10, 21].map((seq) => placeOf(all, seq))).toEqual([0, 5, 6, 14, -1, -1, -1]);
  });
});

describe("what becomes of messages", () => {
  it("takes the newest version, whatever the order, also in what quotes it and above", () => {
    const quote = { seq: 1, author: ann, text: "m1", recalled: false, version: 1 };
    const chat = open({ messages: [message(1), message(2, { reply: quote })] });
    const pinned = message(1, { text: "new", version: 2, change: 3, pinned_at: 9 });
    const recalled = message(1, { text: "", version: 3, change: 4, recalled: true });
    const one = replay(chat, { type: "chat.pinned", at: 1, message: pinned });
    expect([one.pinned.length, one.messages[1]?.reply?.text]).toEqual([1, "new"]);
    for (const order of [[pinned, recalled], [recalled, pinned]]) {
      const events = order.map((said): ChatEvent => ({ type: "chat.edited", at: 1, message: said }));
      const gone = replay(chat, ...events);
      expect([gone.messages[0]?.recalled, gone.pinned, gone.messages[1]?.reply?.recalled]).toEqual([true, [], true]);
    }
  });

  it("keeps one's own where others quote it, whichever comes first", () => {
    const reply = { seq: 1, author: ann, text: message(1).text, recalled: false, version: 1 };
    const chat = open({ messages: [message(1), message(2, { reply })] });
    const gone = message(1, { text: "", hidden: true, version: 2 });
    const hidden: ChatEvent = { type: "chat.hidden", at: 1, message: gone };
    const kept: ChatEvent = { type: "chat.restored", at: 1, message: message(1, { version: 2 }) };
    for (const events of [[hidden, kept], [kept, hidden]]) {
      const [own, answer] = replay(chat, ...events).messages;
      expect([own?.text, own?.hidden, answer?.reply?.text, answer?.reply?.recalled])
        .toEqual([message(1).text, undefined, message(1).text, false]);
    }
  });

  it("shows one's own that is hidden from everybody else, whichever comes first", () => {
    const hidden = sent(message(1, { text: "", hidden: true }));
    for (const events of [[hidden, sent(message(1))], [sent(message(1)), hidden]]) {
      const [own] = replay(open(), ...events).messages;
      expect([own?.text, own?.hidden]).toEqual([message(1).text, undefined]);
    }
  });

  it("knows one's own reactions by the change they were heard with", () => {
    const first = message(1, { reactions: { "👍": 1 }, version: 2, change: 2 });
    const chat = open({ messages: [first], reacted: { 10: ["👍"] }, last_change: 2 });
    expect(ownReactions(chat, first)).toEqual(["👍"]);
    const reacted = (added: boolean, change: number, by = bo.id): ChatEvent => {
      const now = message(1, { version: change, change, reactions: {} });
      return { type: "chat.reacted", at: 1, message: now, by, emoji: "👍", added };
    };
    expect(ownReactions(replay(chat, reacted(false, 3)), first)).toEqual([]);
    expect(ownReactions(replay(chat, reacted(false, 4), reacted(true, 3)), first)).toEqual([]);
    expect(ownReactions(replay(chat, reacted(false, 3, ann.id)), first)).toEqual(["👍"]);
  });

  it("counts one's own messages as read, and takes the newest place", () => {
    const own = message(4, { author: { ...bo, role: null } });
    const chat = replay(open({ messages: messages(1, 3) }), sent(own));
    expect(chat.membership.read_seq).toBe(4);
    const older = { ...membership, version: 1, read_seq: 3, muted: true };
    expect(withMembership(chat, older).membership).toMatchObject({ read_seq: 4, muted: true });
    expect(withMembership(chat, { ...older, version: 0 }).membership.muted).toBe(false);
  });

  it("counts those who have read a message, each member by the newest membership", () => {
    const own = message(4, { author: { ...bo, role: null } });
    const read = (user: number, seq: number | null, of = 1): ChatEvent => {
      return { type: "read.moved", at: 1, user, membership: of, seq };
    };
    const reads = [ann.id, bo.id, 3].map((user) => ({ user, membership: 1, seq: 3 }));
    const from = open({ messages: [...messages(1, 3), own], reads });
    const count = (...events: ChatEvent[]) => readersOf(replay(from, ...events), own);
    expect(count()).toBe(0);
    expect(count(read(ann.id, 4), read(bo.id, 4), read(3, 5))).toBe(2);
    expect(count(read(ann.id, 4), read(ann.id, 3))).toBe(1);
    expect(count(read(ann.id, 4), read(ann.id, null), read(ann.id, 4))).toBe(0);
    expect(count(read(ann.id, null), read(ann.id, 4, 2), read(ann.id, null))).toBe(1);
    // Who answers has read what stands above; who has left does not come back by it.
    const answer = sent(message(5));
    expect([count(answer), count(answer, read(ann.id, 4)), count(read(ann.id, null), answer)]).toEqual([1, 1, 0]);
    const later = replay(from, read(ann.id, 4));
    expect(readersOf(openChat(snapshot({ reads }), bo.id, later, true), own)).toBe(0);
    // Not told in large groups, until members have left.
    const large = open({ messages: [own] });
    expect([readersOf(large, own), readersOf(replay(large, read(ann.id, 4)), own)]).toEqual([0, 1]);
    const grown = replay(later, { type: "members.counted", at: 1, count: 51, version: 4 });
    expect([readersOf(later, own), readersOf(grown, own)]).toEqual([1, 0]);
  });

  it("follows what is set for the group by its version", () => {
    const rules = { ...snapshot().rules, slow_mode_secs: 30, version: 2 };
    const slow = replay(open(), { type: "room.changed", at: 1, rules });
    expect(slow.rules).toEqual({ max_length: 2000, slow_mode_secs: 30 });
    const older = { ...rules, slow_mode_secs: 0, version: 1 };
    expect(replay(slow, { type: "room.changed", at: 1, rules: older }).rules.slow_mode_secs).toBe(30);
  });

  it("takes parts of a group by their version", () => {
    const chat = open();
    const group = { ...snapshot().group, title: "Coffee", version: 2 };
    expect(replay(chat, { type: "group.changed", at: 1, group }).group?.title).toBe("Tea");
    expect(replay(chat, { type: "group.changed", at: 1, group: { ...group, version: 4 } }).group?.title).toBe("Coffee");
    expect(replay(chat, { type: "members.counted", at: 1, count: 9, version: 4 }).members?.count).toBe(9);
    expect(replay(chat, { type: "members.counted", at: 1, count: 9, version: 2 }).members?.count).toBe(2);
  });
});

describe("coming back", () => {
  const before = open({ messages: messages(1, 10) });

  it("takes counts alone from the snapshot when it recovered", () => {
    const fresh = snapshot({ messages: messages(5, 12), members: { count: 8, version: 4 } });
    const now = openChat(fresh, bo.id, before, true);
    expect([now.members?.count, now.lastSeq, seqs(now).length]).toEqual([8, 10, 10]);
  });

  it("is behind when it did not, until the changes since are known", () => {
    const fresh = snapshot({ messages: messages(31, 80), last_change: 82 });
    const back = openChat(fresh, bo.id, before, false);
    expect([seqs(back).length, back.change, isBehind(back), isAtEnd(back)]).toEqual([10, 10, true, false]);
    const edited = message(4, { text: "edited", version: 2, change: 81 });
    const recalled = message(20, { text: "", recalled: true, version: 2, change: 82 });
    const missed = [...messages(11, 80).filter(({ seq }) => seq !== 20), edited, recalled];
    const now = caughtUp(withPage(back, page(missed)), 82);
    expect([seqs(now), isBehind(now), isAtEnd(now)]).toEqual([messages(1, 80).map(({ seq }) => seq), false, true]);
    expect([now.messages[3]?.text, now.messages[19]?.recalled]).toEqual(["edited", true]);
  });

  it("begins anew when too much was missed", () => {
    const last = MOST_MISSED + 11;
    const back = openChat(snapshot({ messages: messages(last - 49, last) }), bo.id, before, false);
    expect([seqs(back).length, isBehind(back), isAtEnd(back), back.complete]).toEqual([50, false, true, false]);
  });
});

describe("the list of conversations", () => {
  const listed = (more: Partial<Listed> = {}): Listed => ({
    channel: "group:7", group: { id: 7, title: "Tea", picture: null, version: 3 }, dm: null, membership,
    last_seq: 3, last_message: message(3), mentions: [], ...more,
  });
  const state = withListed(NO_CONVERSATIONS, listed());
  const reduce = (from: typeof state, ...events: UserEvent[]) => {
    return events.reduce((now, event) => reduceList(now, event, bo.id), from);
  };
  const touched = (seq: number, author = ann): UserEvent => {
    const said = message(seq, { author: { ...author, role: null } });
    return { type: "conversation.touched", at: 1, channel: "group:7", message: said };
  };

  it("counts what is unread, but not what is muted, asked for, or one's own", () => {
    expect(unreadOf(listed())).toBe(1);
    expect(listedIn(reduce(state, touched(5), touched(4))).unread).toBe(3);
    expect(listedIn(reduce(state, touched(5, bo))).unread).toBe(0);
    const muted = withListed(state, listed({ membership: { ...membership, muted: true, version: 2 } }));
    expect(listedIn(muted).unread).toBe(0);
    // What mentions one counts all the same, until it is read.
    const mentioned: UserEvent = { type: "mention.added", at: 1, channel: "group:7", seq: 3, version: 1 };
    expect(listedIn(reduce(muted, mentioned, mentioned)).unread).toBe(1);
    expect(listedIn(reduce(muted, mentioned, { ...mentioned, type: "mention.removed", version: 2 })).unread).toBe(0);
    const peer = { id: 9, peer: ann, request: "received" as const, version: 1 };
    const asked = withListed(state, listed({ channel: "dm:9", group: null, dm: peer }));
    expect([listedIn(asked).requests.length, listedIn(asked).unread]).toEqual([1, 1]);
  });

  it("neither shows nor counts what is hidden", () => {
    const hidden: UserEvent = {
      type: "conversation.touched", at: 1, channel: "group:7", message: message(4, { text: "", hidden: true }),
    };
    const [one] = listedIn(reduce(state, hidden)).conversations;
    expect([one?.last_message?.seq, one?.last_seq, one && unreadOf(one)]).toEqual([3, 4, 1]);
    expect(listedIn(reduce(state, hidden, touched(5))).unread).toBe(2);
    // The server has counted the same.
    const fetched = withListed(state, listed({ last_seq: 9, unread: 2 }));
    expect(listedIn(reduce(fetched, touched(10))).unread).toBe(3);
    const read = { ...membership, read_seq: 10, version: 9 };
    expect(listedIn(withListed(fetched, listed({ last_seq: 10, membership: read }))).unread).toBe(0);
    // What was looked at and is hidden since is gone.
    const gone = withLastMessage(state, "group:7", message(3, { text: "", hidden: true, version: 2 }), bo.id);
    expect(listedIn(gone).conversations[0]?.last_message?.hidden).toBe(true);
  });

  it("does not bring back what has ended, but what began later", () => {
    const removed: UserEvent = { type: "conversation.removed", at: 1, channel: "group:7", membership: 5 };
    const added = (id: number): UserEvent => ({
      type: "conversation.added", at: 1,
      conversation: { ...listed({ membership: { ...membership, id } }) },
    });
    expect(listedIn(reduce(state, removed, added(5))).conversations).toEqual([]);
    expect(listedIn(reduce(state, added(6), removed)).conversations[0]?.membership.id).toBe(6);
  });

  it("takes each part by its version when the list is read again", () => {
    const news = reduce(state, touched(9), {
      type: "conversation.changed", at: 1, channel: "group:7",
      membership: { ...membership, read_seq: 9, version: 4 },
    });
    const now = withList(news, [listed({ group: { id: 7, title: "Coffee", picture: null, version: 4 } })], news);
    const [one] = listedIn(now).conversations;
    expect([one?.group?.title, one?.last_seq, one && unreadOf(one)]).toEqual(["Coffee", 9, 0]);
    expect(listedIn(withList(news, [], news)).conversations).toEqual([]);
    expect(listedIn(withList(news, [], NO_CONVERSATIONS)).conversations).toHaveLength(1);
  });

  it("puts the pinned first, then by what was said last", () => {
    const other = (id: number, at: number, pinnedAt: number | null = null): Listed => listed({
      channel: `group:${id}`, last_message: message(1, { at }), membership: { ...membership, id, pinned_at: pinnedAt },
    });
    const all = [other(1, 10), other(2, 30), other(3, 5, 99), other(4, 20)].reduce(withListed, NO_CONVERSATIONS);
    expect(listedIn(all).conversations.map(({ membership: { id } }) => id)).toEqual([3, 2, 4, 1]);
    const talked = withLastMessage(all, "group:1", message(7, { at: 40 }), bo.id);
    expect(listedIn(talked).conversations.map(({ membership: { id } }) => id)).toEqual([3, 1, 2, 4]);
  });
});
