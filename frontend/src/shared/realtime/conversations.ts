/** The list of one's groups and direct chats: as it was fetched, and what events on `user:<id>` make of it. Pure. */
import type { Conversation, Membership, Message, UserEvent } from "./wire";

/** A conversation in the list; what is unread is worked out (`unreadOf`). */
export interface Listed extends Conversation {
  last_message: Message | null;
  /** Numbers of messages that mention one; those that are read do not count. */
  mentions: readonly number[];
  /** As the server has counted it up to `last_seq`, in what was just fetched. */
  unread?: number;
  /** The last count: less than the numbers that are not read where some are of hidden messages. */
  counted?: { unread: number; upTo: number } | undefined;
}

export interface ListState {
  /** By channel. */
  all: Readonly<Record<string, Listed>>;
  /** The greatest membership of a channel that has ended: nothing older brings it back. */
  ended: Readonly<Record<string, number>>;
}

export const NO_CONVERSATIONS: ListState = { all: {}, ended: {} };

function newerPart<Part extends { version: number }>(one: Part | null, other: Part | null): Part | null {
  if (!one || !other) return other ?? one;
  return other.version >= one.version ? other : one;
}

function newerPlace(one: Membership, other: Membership): Membership {
  if (one.id !== other.id) return other.id > one.id ? other : one;
  const newer = other.version >= one.version ? other : one;
  return { ...newer, read_seq: Math.max(one.read_seq, other.read_seq) };
}

function newerMessage(one: Message | null, other: Message | null): Message | null {
  // What is hidden is nothing to look at, unless it is what is looked at.
  if (other?.hidden && (one?.seq !== other.seq || one.version === other.version)) return one;
  if (!one || !other) return other ?? one;
  if (one.seq !== other.seq) return other.seq > one.seq ? other : one;
  return (other.version ?? 1) >= (one.version ?? 1) ? other : one;
}

function merged(one: Listed, other: Listed): Listed {
  const isAnew = other.membership.id > one.membership.id;
  return {
    channel: one.channel,
    group: newerPart(one.group, other.group),
    dm: newerPart(one.dm, other.dm),
    membership: newerPlace(one.membership, other.membership),
    last_seq: Math.max(one.last_seq, other.last_seq),
    // Whoever joins anew may be meant to read less than before.
    last_message: isAnew ? other.last_message : newerMessage(one.last_message, other.last_message),
    mentions: [...new Set([...(isAnew ? [] : one.mentions), ...other.mentions])],
    counted: isAnew ? other.counted : newerCount(one.counted, other.counted),
  };
}

function newerCount(one: Listed["counted"], other: Listed["counted"]): Listed["counted"] {
  if (!one || !other) return other ?? one;
  return other.upTo >= one.upTo ? other : one;
}

export function withListed(state: ListState, listed: Listed): ListState {
  const { channel, membership, unread, last_seq: upTo } = listed;
  if ((state.ended[channel] ?? 0) >= membership.id) return state;
  const known = state.all[channel];
  const found = unread === undefined ? listed : { ...listed, counted: { unread, upTo } };
  return { ...state, all: { ...state.all, [channel]: known ? merged(known, found) : found } };
}

/** The list as it was read just now: what is not in it any more has ended, unless it has begun since it was `asked`. */
export function withList(state: ListState, fetched: readonly Listed[], asked: ListState): ListState {
  const names = new Set(fetched.map(({ channel }) => channel));
  const all = Object.fromEntries(
    Object.entries(state.all).filter(([channel]) => names.has(channel) || !(channel in asked.all)),
  );
  return fetched.reduce(withListed, { ...state, all });
}

export function withLastMessage(state: ListState, channel: string, message: Message, me: number): ListState {
  const known = state.all[channel];
  if (!known) return state;
  const isOwn = message.author.id === me;
  const readSeq = isOwn ? Math.max(known.membership.read_seq, message.seq) : known.membership.read_seq;
  const isNext = message.seq === known.last_seq + 1;
  const listed = {
    ...known,
    last_seq: Math.max(known.last_seq, message.seq),
    last_message: newerMessage(known.last_message, message),
    counted: message.hidden && isNext ? { unread: unreadOf(known), upTo: message.seq } : known.counted,
    membership: { ...known.membership, read_seq: readSeq },
  };
  return { ...state, all: { ...state.all, [channel]: listed } };
}

export function withPlace(state: ListState, channel: string, membership: Membership): ListState {
  const known = state.all[channel];
  if (!known) return state;
  const listed = { ...known, membership: newerPlace(known.membership, membership) };
  return { ...state, all: { ...state.all, [channel]: listed } };
}

function withMentions(
  state: ListState,
  channel: string,
  change: (seqs: readonly number[]) => readonly number[],
): ListState {
  const known = state.all[channel];
  if (!known) return state;
  return { ...state, all: { ...state.all, [channel]: { ...known, mentions: change(known.mentions) } } };
}

export function reduceList(state: ListState, event: UserEvent, me: number): ListState {
  switch (event.type) {
    case "conversation.added":
      return withListed(state, { ...event.conversation, last_message: null, mentions: [] });
    case "mention.added":
      return withMentions(state, event.channel, (seqs) => [...new Set([...seqs, event.seq])]);
    case "mention.removed":
      return withMentions(state, event.channel, (seqs) => seqs.filter((seq) => seq !== event.seq));
    case "conversation.changed":
      return withPlace(state, event.channel, event.membership);
    case "conversation.touched":
      return withLastMessage(state, event.channel, event.message, me);
    case "conversation.removed": {
      const { channel, membership } = event;
      const ended = { ...state.ended, [channel]: Math.max(state.ended[channel] ?? 0, membership) };
      const known = state.all[channel];
      if (!known || known.membership.id > membership) return { ...state, ended };
      const others = Object.entries(state.all).filter(([name]) => name !== channel);
      return { all: Object.fromEntries(others), ended };
    }
    default:
      return state;
  }
}

export function unreadOf({ last_seq: last, membership, counted }: Pick<Listed, "last_seq" | "membership" | "counted">) {
  const behind = Math.max(0, last - Math.max(membership.read_seq, membership.joined_seq));
  return counted ? Math.min(behind, counted.unread + Math.max(0, last - counted.upTo)) : behind;
}

/** How many unread messages mention one. */
export function mentionsOf({ mentions, membership }: Listed): number {
  return mentions.filter((seq) => seq > membership.read_seq).length;
}

export function isRequest({ dm }: Conversation): boolean {
  return dm?.request === "received";
}

function place({ membership, last_message: last }: Listed): [number, number, number] {
  return [membership.pinned_at ?? 0, Math.max(last?.at ?? 0, membership.joined_at), membership.id];
}

/** In the order of the list: the pinned ones first, then by what was said last. */
export function listedIn(state: ListState): { conversations: Listed[]; requests: Listed[]; unread: number } {
  // A direct chat comes into the list with its first message.
  const isSeen = ({ dm, last_seq: last }: Listed) => !dm || (last > 0 && dm.request !== "declined");
  const seen = Object.values(state.all).filter(isSeen);
  const sorted = seen.map((one) => [place(one), one] as const).sort(([one], [other]) => {
    return other[0] - one[0] || other[1] - one[1] || other[2] - one[2];
  });
  const all = sorted.map(([, one]) => one);
  const conversations = all.filter((one) => !isRequest(one));
  const unread = conversations.reduce((sum, one) => {
    return sum + (one.membership.muted ? mentionsOf(one) : unreadOf(one));
  }, 0);
  return { conversations, requests: all.filter(isRequest), unread };
}
