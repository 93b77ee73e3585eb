/** A group or a direct chat as one of its members has it: a run of its messages, and what became of them. Pure. */
import { quoting, versionOf } from "./room";
import type {
  ChatEvent, ChatRules, ChatSnapshot, Direct, Group, MembersCount, Membership, Message, RoomRules,
} from "./wire";

/** A page of messages, as the server answers it; `reacted` by message id. */
export interface MessagePage {
  messages: Message[];
  reacted: Record<string, string[]>;
}

export interface ChangesPage extends MessagePage {
  more: boolean;
}

/** One's own reactions to a message: known by its change `base`, and those heard of later, by emoji. */
interface Reacted {
  own: readonly string[];
  base: number;
  heard: Readonly<Record<string, number>>;
}

export interface ChatState {
  me: number;
  group: Group | null;
  dm: Direct | null;
  members: MembersCount | null;
  membership: Membership;
  /** Without a gap, by `seq`. What stands above and below is looked up when it is scrolled to. */
  messages: readonly Message[];
  /** The `seq` up to which the run goes; without messages, where it would begin after. */
  through: number;
  /** Nothing that one may read stands above the run. */
  complete: boolean;
  /** Known ones that stand outside the run, by `seq`: those between come later, or are not looked up yet. */
  loose: ReadonlyMap<number, Message>;
  pinned: readonly Message[];
  reacted: ReadonlyMap<number, Reacted>;
  lastSeq: number;
  /** Every change up to this number is known, and these later ones. */
  change: number;
  later: ReadonlySet<number>;
  lastChange: number;
  rules: ChatRules;
  /** What whoever runs a group has set. */
  room: RoomRules | null;
  /** What each member has read, by user; null where there are too many to tell. */
  reads: ReadonlyMap<number, ReadPlace> | null;
}

/** `seq` is null where the membership has ended: nothing older brings it back. */
interface ReadPlace {
  membership: number;
  seq: number | null;
}

const LOOSE_KEPT = 1000;
/** Whoever missed more begins anew with the last messages. */
export const MOST_MISSED = 1000;
/** In larger groups nobody is told what others have read (`READ_RECEIPTS_MEMBERS`). */
const MOST_WHO_SEE_READS = 50;
/** So many the server shows at first. */
const FIRST_PAGE = 50;

export function isGroupSnapshot(snapshot: ChatSnapshot): snapshot is Extract<ChatSnapshot, { group: Group }> {
  return "group" in snapshot;
}

/** Whether something may have been missed that no event will bring. */
export function isBehind(state: ChatState): boolean {
  return state.change < state.lastChange;
}

/** Whether the run ends with the last message. */
export function isAtEnd(state: ChatState): boolean {
  return state.through >= state.lastSeq;
}

export function ownReactions(state: ChatState, message: { id: number }): readonly string[] {
  return state.reacted.get(message.id)?.own ?? [];
}

function newerMembership(one: Membership, other: Membership): Membership {
  const isNewer = other.id > one.id || (other.id === one.id && other.version >= one.version);
  const newer = isNewer ? other : one;
  if (one.id !== other.id) return newer;
  return { ...newer, read_seq: Math.max(one.read_seq, other.read_seq) };
}

export function withMembership(state: ChatState, membership: Membership): ChatState {
  return { ...state, membership: newerMembership(state.membership, membership) };
}

function withRead(state: ChatState, user: number, { membership, seq }: ReadPlace): ChatState {
  const known = state.reads?.get(user);
  if (known && known.membership > membership) return state;
  const isSame = known?.membership === membership;
  if (isSame && (known.seq === null || (seq !== null && known.seq >= seq))) return state;
  return { ...state, reads: new Map(state.reads).set(user, { membership, seq }) };
}

/** How many others have read a message; 0 also where it is not told. */
export function readersOf(state: ChatState, { seq, author }: Pick<Message, "seq" | "author">): number {
  const { reads, me, members } = state;
  // What was known of a group that has grown is no longer kept up to date.
  if (members && members.count > MOST_WHO_SEE_READS) return 0;
  let count = 0;
  for (const [user, { seq: read }] of reads ?? []) {
    if (user !== me && user !== author.id && read !== null && read >= seq) count += 1;
  }
  return count;
}

/** Where a message stands in the run, or -1. Numbers have no gaps; should there be one all the same, it is searched. */
export function placeOf(messages: readonly Message[], seq: number): number {
  const first = messages[0];
  if (!first || seq < first.seq) return -1;
  const likely = seq - first.seq;
  if (messages[likely]?.seq === seq) return likely;
  let [low, high] = [0, Math.min(likely, messages.length) - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = messages[middle]?.seq ?? 0;
    if (found === seq) return middle;
    if (found < seq) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function isNewer(message: Message, known: Message | undefined): boolean {
  if (!known || versionOf(message) > versionOf(known)) return true;
  // One's own that nobody else sees comes hidden by the channel, and as it is by whatever one asks for.
  return versionOf(message) === versionOf(known) && !!known.hidden && !message.hidden;
}

function pinnedWith(pinned: readonly Message[], message: Message): readonly Message[] {
  const rest = pinned.filter(({ seq }) => seq !== message.seq);
  if (message.pinned_at === undefined) return rest.length === pinned.length ? pinned : rest;
  const all = [...rest, message];
  return all.sort((one, other) => (other.pinned_at ?? 0) - (one.pinned_at ?? 0) || other.seq - one.seq);
}

/** Notes that the changes of these numbers are known. */
function withChanges(state: ChatState, numbers: Iterable<number>): Pick<ChatState, "change" | "later" | "lastChange"> {
  const later = new Set(state.later);
  let { change, lastChange } = state;
  for (const number of numbers) {
    lastChange = Math.max(lastChange, number);
    if (number > change) later.add(number);
  }
  while (later.delete(change + 1)) change += 1;
  return { change, later, lastChange };
}

/** Messages as they are now, each in its place; an older version of a known one changes nothing. */
export function withMessages(state: ChatState, incoming: readonly Message[]): ChatState {
  if (!incoming.length) return state;
  const messages = [...state.messages];
  const loose = new Map(state.loose);
  const changed = new Map<number, Message>();
  let { pinned, lastSeq, through } = state;
  let readSeq = state.membership.read_seq;
  for (const message of incoming) {
    lastSeq = Math.max(lastSeq, message.seq);
    if (message.author.id === state.me) readSeq = Math.max(readSeq, message.seq);
    const place = placeOf(messages, message.seq);
    const known = place >= 0 ? messages[place] : loose.get(message.seq);
    const pin = pinned.find(({ seq }) => seq === message.seq);
    if (!isNewer(message, known) || (pin && versionOf(pin) > versionOf(message))) continue;
    changed.set(message.seq, message);
    pinned = pinnedWith(pinned, message);
    if (place >= 0) messages[place] = message;
    else loose.set(message.seq, message);
  }
  for (let next = loose.get(through + 1); next; next = loose.get(through + 1)) {
    loose.delete(next.seq);
    messages.push(next);
    through = next.seq;
  }
  for (const seq of loose.keys()) {
    if (loose.size <= LOOSE_KEPT) break;
    loose.delete(seq);
  }
  requote(messages, changed);
  return {
    ...state,
    ...withChanges(state, incoming.map(({ change }) => change)),
    membership: { ...state.membership, read_seq: readSeq },
    messages, loose, pinned, lastSeq, through,
  };
}

/** Whatever came first, a message or what quotes it: a quote says what its message says now. */
function requote(messages: Message[], changed: ReadonlyMap<number, Message>): void {
  if (!changed.size) return;
  for (const [place, message] of messages.entries()) {
    if (!message.reply) continue;
    const at = changed.has(message.seq) ? messages[placeOf(messages, message.reply.seq)] : undefined;
    const original = changed.get(message.reply.seq) ?? at;
    if (original) messages[place] = quoting(message, original);
  }
}

function reactedWith(state: ChatState, { messages, reacted }: MessagePage): ChatState["reacted"] {
  const all = new Map(state.reacted);
  for (const { id, change } of messages) {
    const known = all.get(id);
    const heard = Math.max(known?.base ?? 0, ...Object.values(known?.heard ?? {}));
    const own = reacted[id] ?? [];
    if (heard > change || (!known && !own.length)) continue;
    all.set(id, { own, base: change, heard: {} });
  }
  return all;
}

/** What one's own reaction became with the message's change. */
export function withReaction(state: ChatState, message: Message, emoji: string, added: boolean): ChatState {
  const known = state.reacted.get(message.id) ?? { own: [], base: 0, heard: {} };
  if (message.change <= (known.heard[emoji] ?? known.base)) return state;
  const rest = known.own.filter((one) => one !== emoji);
  const heard = { ...known.heard, [emoji]: message.change };
  const reacted = new Map(state.reacted).set(message.id, { ...known, own: added ? [...rest, emoji] : rest, heard });
  return { ...state, reacted };
}

/** A page that stands right above the run. `complete`: it was the first one. */
export function withOlder(state: ChatState, page: MessagePage, complete: boolean): ChatState {
  const first = state.messages[0]?.seq ?? state.through + 1;
  const loose = new Map(state.loose);
  const older = page.messages.filter(({ seq }) => seq < first).map((message) => {
    const known = loose.get(message.seq);
    loose.delete(message.seq);
    return known && versionOf(known) > versionOf(message) ? known : message;
  });
  const messages = [...older, ...state.messages];
  requote(messages, new Map(messages.slice(0, older.length + FIRST_PAGE).map((message) => [message.seq, message])));
  return { ...state, messages, loose, complete, reacted: reactedWith(state, page) };
}

/** A page that stands right below the run, or further messages that have changed. */
export function withPage(state: ChatState, page: MessagePage): ChatState {
  return { ...withMessages(state, page.messages), reacted: reactedWith(state, page) };
}

/** The run is this page from now on: somebody has jumped to it. */
export function openedAt(state: ChatState, page: MessagePage, complete: boolean): ChatState {
  const last = page.messages.at(-1);
  if (!last) return state;
  const loose = new Map(state.loose);
  for (const message of state.messages.slice(-LOOSE_KEPT / 2)) loose.set(message.seq, message);
  const from = { ...state, messages: [], through: (page.messages[0]?.seq ?? 1) - 1, loose, complete };
  return withPage(from, page);
}

/** Everything up to `lastChange`, a number known before the question was asked, is in what was answered. */
export function caughtUp(state: ChatState, lastChange: number): ChatState {
  const later = new Set([...state.later].filter((number) => number > lastChange));
  return { ...state, ...withChanges({ ...state, change: Math.max(state.change, lastChange), later }, []) };
}

function parts(snapshot: ChatSnapshot): Pick<ChatState, "group" | "dm" | "members" | "room" | "reads"> {
  if (!isGroupSnapshot(snapshot)) return { group: null, dm: snapshot.dm, members: null, room: null, reads: null };
  const { group, members, rules: room, reads } = snapshot;
  const places = reads?.map(({ user, membership, seq }) => [user, { membership, seq }] as const);
  return { group, dm: null, members, room, reads: places ? new Map(places) : null };
}

function opened(snapshot: ChatSnapshot, me: number): ChatState {
  const first = snapshot.messages[0]?.seq ?? snapshot.last_seq + 1;
  const empty: ChatState = {
    ...parts(snapshot),
    me,
    membership: snapshot.membership,
    messages: [],
    through: first - 1,
    complete: snapshot.messages.length < FIRST_PAGE,
    loose: new Map(),
    pinned: snapshot.pinned,
    reacted: new Map(),
    lastSeq: snapshot.last_seq,
    change: snapshot.last_change,
    later: new Set(),
    lastChange: snapshot.last_change,
    rules: snapshot.chat,
  };
  return withPage(empty, snapshot);
}

/**
 * Whoever recovered takes what is kept from the events that follow, and only counts from the snapshot. Whoever did not
 * keeps the run and is behind: the changes since are looked up (`withPage`, `caughtUp`), unless they are too many.
 */
export function openChat(
  snapshot: ChatSnapshot,
  me: number,
  before: ChatState | null = null,
  recovered = false,
): ChatState {
  if (!before || before.me !== me) return opened(snapshot, me);
  const now = parts(snapshot);
  const membership = newerMembership(before.membership, snapshot.membership);
  const members = now.members && before.members && before.members.version > now.members.version
    ? before.members
    : now.members;
  // Events about what is read are not kept: whatever was missed of them stands in the snapshot.
  if (recovered) return { ...before, members, membership, reads: now.reads };
  if (snapshot.last_change - before.change > MOST_MISSED) return { ...opened(snapshot, me), membership };
  const later = {
    ...before, ...now, members, membership,
    pinned: snapshot.pinned,
    lastSeq: Math.max(before.lastSeq, snapshot.last_seq),
    lastChange: Math.max(before.lastChange, snapshot.last_change),
    rules: snapshot.chat,
  };
  // That these are known says nothing of other changes before theirs.
  const { change, later: known } = later;
  return { ...withPage(later, snapshot), change, later: known };
}

export function reduceChat(state: ChatState, event: ChatEvent): ChatState {
  switch (event.type) {
    case "group.changed":
      if (!state.group || state.group.version > event.group.version) return state;
      return { ...state, group: event.group };
    case "dm.changed":
      if (!state.dm || state.dm.version > event.dm.version) return state;
      return { ...state, dm: event.dm };
    case "members.counted": {
      const { count, version } = event;
      if (!state.members || state.members.version > version) return state;
      return { ...state, members: { count, version } };
    }
    case "room.changed":
      if (state.room && state.room.version > event.rules.version) return state;
      return { ...state, room: event.rules, rules: { ...state.rules, slow_mode_secs: event.rules.slow_mode_secs } };
    case "read.moved":
      return withRead(state, event.user, event);
    case "chat.sent": {
      // What one says, one has read: no event tells it besides.
      const { author, seq } = event.message;
      const known = state.reads?.get(author.id);
      return withMessages(known ? withRead(state, author.id, { ...known, seq }) : state, [event.message]);
    }
    case "chat.reacted": {
      const now = withMessages(state, [event.message]);
      return event.by === state.me ? withReaction(now, event.message, event.emoji, event.added) : now;
    }
    default:
      return "message" in event ? withMessages(state, [event.message]) : state;
  }
}
