/** What a viewer sees of one show: the snapshot of `show:<id>` and everything that happened since. Pure. */
import type { Playback, ShelfItem, Translated } from "../api/types";
import { withDrop } from "./drop";
import { withSale } from "./sale";
import type {
  ChatRules, DropState, Message, Quote, RoomRules, SaleState, ShowBrief, ShowEvent, ShowSnapshot,
} from "./wire";

export const ROWS_KEPT = 100;
/** Old rows leave many at once: one by one, they would push at the rows that are read. */
export const ROWS_LEAVING = 24;
const NOTES_KEPT = 3;
/** So much of a message is quoted by the server. */
const QUOTE_LENGTH = 80;

/** A row of the chat: a message, or one of one's own that has not been confirmed yet (`seq` is then null). */
export interface ChatRow extends Omit<Message, "id" | "seq" | "change"> {
  id: number | null;
  seq: number | null;
  state: "sent" | "sending" | "failed";
  /** The code word of the refusal. */
  error?: string;
}

export interface PurchaseNote {
  id: string;
  at: number;
  buyer: string;
  title: Translated;
  quantity: number;
}

export interface RoomState {
  show: ShowBrief;
  playback: Playback;
  pinnedIds: number[];
  items: Record<number, { item: ShelfItem; version: number }>;
  shelfCount: number;
  sales: SaleState[];
  drops: DropState[];
  rows: ChatRow[];
  notes: PurchaseNote[];
  viewers: number;
  likes: number;
  chat: ChatRules;
  rules: RoomRules;
  versions: { pins: number; shelf: number; stream: number };
}

export function pinnedOf(room: RoomState): ShelfItem[] {
  return room.pinnedIds.flatMap((id) => room.items[id]?.item ?? []);
}

function sentRow(message: Message): ChatRow {
  return { ...message, state: "sent" };
}

function latest(rows: ChatRow[]): ChatRow[] {
  return rows.length > ROWS_KEPT ? rows.slice(ROWS_LEAVING - ROWS_KEPT) : rows;
}

/** Puts messages in their place by `seq`; each stands once, and a confirmed one replaces the row that was waiting. */
export function mergeMessages(rows: readonly ChatRow[], messages: readonly Message[]): ChatRow[] {
  if (!messages.length) return [...rows];
  const bySeq = new Map(rows.flatMap((row) => (row.seq === null ? [] : [[row.seq, row] as const])));
  for (const message of messages) {
    const known = bySeq.get(message.seq);
    // One's own that nobody else sees comes hidden by the channel, and as it is by the answer to it.
    const seen = known && versionOf(known) === versionOf(message) && known.hidden && !message.hidden;
    if (!known || versionOf(known) < versionOf(message) || seen) bySeq.set(message.seq, sentRow(message));
  }
  requote(bySeq);
  const own = new Set(messages.filter(({ hidden }) => !hidden).map(({ author, key }) => `${author.id} ${key}`));
  const waiting = rows.filter((row) => row.seq === null && !own.has(`${row.author.id} ${row.key}`));
  const sent = [...bySeq.values()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
  return latest([...sent, ...waiting]);
}

export function versionOf(message: Pick<Message, "version">): number {
  return message.version ?? 1;
}

function beginning(text: string): string {
  // By characters, as the server counts: some take two places in a string.
  return [...text].slice(0, QUOTE_LENGTH).join("");
}

/** A message as it has become, where it is shown, and in what quotes it. One that is not shown stays away. */
export function withChange(rows: readonly ChatRow[], message: Message): ChatRow[] {
  if (rows.some(({ seq }) => seq === message.seq)) return mergeMessages(rows, [message]);
  return rows.map((row) => (row.reply?.seq === message.seq ? quoting(row, message) : row));
}

/** Whatever came first, a message or what quotes it: a quote says what its message says now. */
function requote(bySeq: Map<number, ChatRow>) {
  for (const [seq, row] of bySeq) {
    const original = row.reply && bySeq.get(row.reply.seq);
    if (original) bySeq.set(seq, quoting(row, original));
  }
}

/** Rows that are for somebody's eyes. */
export function inSight(rows: readonly ChatRow[]): ChatRow[] {
  return rows.filter(({ hidden }) => !hidden);
}

/** `row`, whose quote says what its message says now. */
export function quoting<Row extends { reply?: Quote }>(
  row: Row,
  original: Pick<Message, "text" | "recalled" | "hidden" | "version">,
): Row {
  if (!row.reply) return row;
  const recalled = original.recalled ?? original.hidden ?? false;
  // One's own that nobody else sees is quoted hidden by the channel, and as it is by whatever one asks for.
  const seen = row.reply.version === versionOf(original) && row.reply.recalled && !recalled;
  if (row.reply.version >= versionOf(original) && !seen) return row;
  const now = { text: beginning(original.text), recalled, version: versionOf(original) };
  return { ...row, reply: { ...row.reply, ...now } };
}

export function withOwn(rows: readonly ChatRow[], row: Pick<ChatRow, "author" | "text" | "key" | "at">): ChatRow[] {
  const rest = rows.filter(({ seq, key }) => seq !== null || key !== row.key);
  return latest([...rest, { ...row, id: null, seq: null, state: "sending" as const }]);
}

export function withFailure(rows: readonly ChatRow[], key: string, error: string): ChatRow[] {
  return rows.map((row) => (row.seq === null && row.key === key ? { ...row, state: "failed", error } : row));
}

export function withoutOwn(rows: readonly ChatRow[], key: string): ChatRow[] {
  return rows.filter((row) => row.seq !== null || row.key !== key);
}

/**
 * A client that recovered takes durable state from the publications that follow, and only counts from the snapshot;
 * any other starts anew, and keeps nothing but its own unconfirmed messages.
 */
export function openRoom(snapshot: ShowSnapshot, before: RoomState | null = null, recovered = false): RoomState {
  if (before && recovered) {
    return { ...before, viewers: snapshot.viewers, likes: Math.max(before.likes, snapshot.likes) };
  }
  const waiting = before?.rows.filter(({ seq }) => seq === null) ?? [];
  // The server reads the show before its shelf: whatever has a version up to the show's is in the snapshot.
  const { version } = snapshot.show;
  return {
    show: snapshot.show,
    playback: snapshot.playback,
    pinnedIds: snapshot.pinned.map(({ id }) => id),
    items: Object.fromEntries(snapshot.pinned.map((item) => [item.id, { item, version }])),
    shelfCount: snapshot.shelf_count,
    sales: snapshot.sales.reduce<SaleState[]>(withSale, []),
    drops: snapshot.drops.reduce<DropState[]>(withDrop, []),
    rows: mergeMessages(waiting, snapshot.messages),
    notes: before?.notes ?? [],
    viewers: snapshot.viewers,
    likes: Math.max(before?.show.id === snapshot.show.id ? before.likes : 0, snapshot.likes),
    chat: snapshot.chat,
    rules: snapshot.rules,
    versions: { pins: version, shelf: version, stream: snapshot.playback.version },
  };
}

function withItem(room: RoomState, item: ShelfItem, version: number): RoomState {
  const known = room.items[item.id];
  if (known && known.version > version) return room;
  return { ...room, items: { ...room.items, [item.id]: { item, version } } };
}

function withPins(room: RoomState, pinnedIds: number[], version: number): RoomState {
  if (room.versions.pins > version) return room;
  return { ...room, pinnedIds, versions: { ...room.versions, pins: version } };
}

export function reduceRoom(room: RoomState, event: ShowEvent): RoomState {
  switch (event.type) {
    case "chat.sent":
      return { ...room, rows: mergeMessages(room.rows, [event.message]) };
    case "chat.edited":
    case "chat.recalled":
    case "chat.hidden":
    case "chat.restored":
    case "chat.reacted":
    case "chat.pinned":
    case "chat.unpinned":
      return { ...room, rows: withChange(room.rows, event.message) };
    case "room.changed": {
      if (room.rules.version > event.rules.version) return room;
      const chat = { ...room.chat, slow_mode_secs: event.rules.slow_mode_secs };
      return { ...room, rules: event.rules, chat };
    }
    case "item.pinned":
      return withPins(withItem(room, event.item, event.version), event.pinned, event.version);
    case "item.unpinned":
      return withPins(room, event.pinned, event.version);
    case "item.changed":
      return withItem(room, event.item, event.version);
    case "shelf.changed":
      if (room.versions.shelf > event.version) return room;
      return { ...room, shelfCount: event.count, versions: { ...room.versions, shelf: event.version } };
    case "sale.scheduled":
    case "sale.opened":
    case "sale.closed":
      return { ...room, sales: withSale(room.sales, event.sale) };
    case "drop.scheduled":
    case "drop.opened":
    case "drop.closed":
      return { ...room, drops: withDrop(room.drops, event.drop) };
    case "show.changed":
    case "show.started":
    case "show.ended":
      return room.show.version > event.show.version ? room : { ...room, show: event.show };
    case "stream.changed":
      if (room.versions.stream > event.version) return room;
      return { ...room, playback: event.playback, versions: { ...room.versions, stream: event.version } };
    case "order.paid": {
      const { at, buyer, title, quantity } = event;
      const note = { id: `${at} ${buyer} ${title.zh}`, at, buyer, title, quantity };
      if (room.notes.some(({ id }) => id === note.id)) return room;
      return { ...room, notes: [...room.notes, note].slice(-NOTES_KEPT) };
    }
    case "viewers.counted":
      return { ...room, viewers: event.count };
    case "likes.counted":
      return { ...room, likes: Math.max(room.likes, event.total) };
    default:
      return room;
  }
}
