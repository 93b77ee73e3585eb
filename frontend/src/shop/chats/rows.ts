/** The rows of a chat: messages, and after them one's own that are still on their way. Pure. */
import type { Message } from "@/shared/realtime";

import { isSameDay } from "./times";
import type { Unsent } from "./unsent";

export type Row = Message | Unsent;

/** So close together, messages of one person stand under one name. */
const TOGETHER_MS = 5 * 60_000;

export function isPlaced(row: Row): row is Message {
  return "seq" in row;
}

export function keyOf(row: Row): number | string {
  return isPlaced(row) ? row.seq : row.key;
}

export interface Shown {
  row: Row;
  key: number | string;
  index: number;
  isOwn: boolean;
  /** Begins a day. */
  day: boolean;
  /** Begins what was not read yet. */
  isNew: boolean;
  /** The first one of several by the same person. */
  isFirst: boolean;
}

function authorOf(row: Row, me: number): number {
  return isPlaced(row) ? row.author.id : me;
}

/** `unreadAfter`: everything up to this `seq` was read when the chat was opened. */
export function shownRow(rows: readonly Row[], index: number, me: number, unreadAfter: number | null): Shown | null {
  const row = rows[index];
  if (!row) return null;
  const above = rows[index - 1];
  const day = !above || !isSameDay(above.at, row.at);
  const isOwn = authorOf(row, me) === me;
  const wasRead = (one: Row | undefined) => !one || !isPlaced(one) || one.seq <= (unreadAfter ?? 0);
  const isNew = unreadAfter !== null && isPlaced(row) && row.seq > unreadAfter && wasRead(above) && !isOwn;
  const isTogether = above !== undefined && authorOf(above, me) === authorOf(row, me)
    && row.at - above.at < TOGETHER_MS && !(isPlaced(above) && above.recalled);
  return { row, key: keyOf(row), index, isOwn, day, isNew, isFirst: day || isNew || !isTogether };
}
