/** Shapes of the REST side. Times are ISO 8601 in UTC; money is in minor units. */
import type { Translated } from "../i18n";

export type { Translated };

export interface Money {
  amount: number;
  currency: string;
}

export interface CursorPage<T> {
  next: string | null;
  previous: string | null;
  results: T[];
}

export interface User {
  id: number;
  email: string;
  display_name: string;
  avatar: string | null;
  roles: string[];
}

export interface Config {
  demo: boolean;
  demo_accounts: { email: string; password: string; role: string }[];
  rtmp_url: string;
  default_currency: string;
}

export interface Person {
  id: number;
  display_name: string;
  avatar: string | null;
}

export interface Category {
  slug: string;
  name: Translated;
}

export interface ProductCard {
  id: number;
  title: Translated;
  picture: string | null;
  price: Money;
  list_price: Money | null;
  in_stock: boolean;
}

export interface Option {
  name: Translated;
  value: Translated;
}

export interface Sku {
  id: number;
  code: string;
  options: Option[];
  price: Money;
  list_price: Money | null;
  available: number;
}

export interface Product extends ProductCard {
  description: Translated;
  category: Category | null;
  pictures: string[];
  skus: Sku[];
}

export type ShowStateName = "scheduled" | "live" | "ended";

export interface ShowCard {
  id: number;
  title: string;
  cover: string | null;
  state: ShowStateName;
  host: Person;
  scheduled_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  viewers: number;
  likes: number;
}

export interface Playback {
  url: string | null;
  live: boolean;
  version: number;
}

export interface ShowDetail extends ShowCard {
  playback: Playback;
}

export interface ShelfItem {
  id: number;
  number: number;
  sold_out: boolean;
  pinned: boolean;
  product: ProductCard;
}

export interface StreamKey {
  key: string;
  server_url: string;
  hint: string;
}

export interface StreamHealth {
  bitrate_kbps: number;
  fps: number;
  width: number;
  height: number;
  dropped_frames: number;
  connected_at: string;
  latency_ms: number;
}

export interface StreamState {
  state: "offline" | "live";
  has_key: boolean;
  hint: string;
  server_url: string;
  health: StreamHealth | null;
}

export interface Line {
  sku: number;
  title: Translated;
  options: Option[];
  picture: string | null;
  quantity: number;
  unit_price: Money;
  list_price: Money | null;
  total: Money;
}

export interface Quote {
  lines: Line[];
  goods_total: Money;
  discount_total: Money;
  freight_total: Money;
  total: Money;
  expires_at: string | null;
}

export interface Address {
  name: string;
  phone: string;
  region: string;
  line: string;
}

export type OrderState = "pending_payment" | "paid" | "closed";

export interface Order extends Omit<Quote, "expires_at"> {
  number: string;
  state: OrderState;
  address: Address;
  created_at: string;
  expires_at: string | null;
  paid_at: string | null;
  closed_at: string | null;
  close_reason: string | null;
  events: { type: string; at: string }[];
}

export interface Payment {
  id: string | number;
  order: string;
  state: "started" | "succeeded" | "failed" | "closed";
  amount: Money;
  pay_url: string;
  expires_at: string;
}

/** What is bought: a claim of a flash sale, or a quantity of a SKU at its ordinary price. */
export type Purchase = { claim: number } | { sku: number; quantity: number };
