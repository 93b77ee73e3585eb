/** What travels over the socket: snapshots of channels, events, results of methods. Times are ms of the server. */
import type { Money, Option, Person, Playback, ShelfItem, ShowStateName, Translated } from "../api/types";

export interface Author extends Person {
  role: null | "host" | "moderator";
}

export interface Message {
  id: number;
  seq: number;
  author: Author;
  text: string;
  key: string;
  at: number;
}

export interface StockCount {
  sku: number;
  total: number;
  held: number;
  sold: number;
}

export interface SaleItem extends StockCount {
  product: number;
  title: Translated;
  picture: string | null;
  options: Option[];
  price: Money;
  list_price: Money | null;
  limit: number;
}

export interface SaleState {
  id: number;
  channel: string;
  state: "scheduled" | "open" | "closed";
  starts_at: number;
  ends_at: number;
  version: number;
  close_reason: null | "sold_out" | "ended" | "stopped";
  items: SaleItem[];
}

export interface Claim {
  id: number;
  sale: number;
  sku: number;
  quantity: number;
  unit_price: Money;
  state: "held" | "sold" | "released";
  position: number;
  expires_at: number;
  title: Translated;
  picture: string | null;
  options: Option[];
}

export interface OrderBrief {
  number: string;
  state: "pending_payment" | "paid" | "closed";
  total: Money;
  expires_at: number | null;
  version: number;
}

export interface ShowBrief {
  id: number;
  title: string;
  state: ShowStateName;
  cover: string | null;
  host: Person;
  scheduled_at: number | null;
  started_at: number | null;
  ended_at: number | null;
  version: number;
}

export interface ChatRules {
  max_length: number;
  slow_mode_secs: number;
}

export interface StudioStats {
  viewers: number;
  likes: number;
  orders_paid: number;
  gmv: Money;
  claims: number;
  messages: number;
}

export interface StudioPoint {
  at: number;
  viewers: number;
  orders: number;
  gmv: number;
}

export interface ShowSnapshot {
  show: ShowBrief;
  playback: Playback;
  pinned: ShelfItem[];
  shelf_count: number;
  sales: SaleState[];
  messages: Message[];
  last_seq: number;
  viewers: number;
  likes: number;
  chat: ChatRules;
}

export interface SaleSnapshot {
  sale: SaleState;
  mine: Claim[];
}

export interface UserSnapshot {
  claims: Claim[];
  orders: OrderBrief[];
  notices: number;
  sanctions: unknown[];
}

export interface StudioSnapshot {
  stats: StudioStats;
  series: StudioPoint[];
}

/** What `pub.data` has besides `type` and `at`, by type. */
export interface ShowEvents {
  "chat.sent": { message: Message };
  "item.pinned": { item: ShelfItem; version: number; pinned: number[] };
  "item.unpinned": { item: number; version: number; pinned: number[] };
  "item.changed": { item: ShelfItem; version: number };
  "shelf.changed": { count: number; version: number };
  "sale.scheduled": { sale: SaleState };
  "sale.opened": { sale: SaleState };
  "sale.closed": { sale: SaleState };
  "show.changed": { show: ShowBrief };
  "show.started": { show: ShowBrief };
  "show.ended": { show: ShowBrief };
  "stream.changed": { playback: Playback; version: number };
  "order.paid": { buyer: string; title: Translated; quantity: number };
  "viewers.counted": { count: number };
  "likes.counted": { total: number };
}

export interface SaleEvents {
  "stock.changed": { sale: number; version: number; items: StockCount[] };
  "sale.opened": { sale: SaleState };
  "sale.closed": { sale: SaleState };
}

export interface UserEvents {
  "claim.won": { claim: Claim };
  "claim.expired": { claim: Claim };
  "claim.settled": { claim: Claim };
  "order.changed": { order: OrderBrief };
  "order.paid": { order: OrderBrief };
}

export interface StudioEvents {
  "stats.counted": { stats: StudioStats };
}

type Typed<Table> = { [Type in keyof Table]: { type: Type; at: number } & Table[Type] }[keyof Table];

export type ShowEvent = Typed<ShowEvents>;
export type SaleEvent = Typed<SaleEvents>;
export type UserEvent = Typed<UserEvents>;
export type StudioEvent = Typed<StudioEvents>;

export interface SaleLaunch {
  show: number;
  sku: number;
  /** In minor units. */
  price: number;
  total: number;
  limit: number;
  /** Seconds. */
  countdown: number;
  duration: number;
  key: string;
}

export interface ClaimWon {
  status: "won";
  claim: number;
  position: number;
  expires_at: number;
}

/** Parameters and result of each method. */
export interface Methods {
  "chat.send": [{ channel: string; text: string; key: string }, { message: Message }];
  "like.tap": [{ show: number; count: number }, Record<string, never>];
  "item.pin": [{ show: number; item: number }, { pinned: number[] }];
  "item.unpin": [{ show: number; item: number }, { pinned: number[] }];
  "sale.launch": [SaleLaunch, { sale: SaleState }];
  "sale.stop": [{ sale: number }, { sale: SaleState }];
  "sale.claim": [{ sale: number; sku: number; quantity: number; key: string }, ClaimWon];
}
