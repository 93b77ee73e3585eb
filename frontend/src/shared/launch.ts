/** What a flash sale that is launched may be. Pure. */
import type { Product } from "./api";
import { parseMoney } from "./money";

/** What the host typed into the launch form; money in minor units, times in seconds. `null` is an empty field. */
export interface LaunchDraft {
  sku: number | null;
  price: number | null;
  total: number | null;
  limit: number | null;
  countdown: number | null;
  duration: number | null;
}

/** What stands in the form's fields: times as seconds and minutes. */
export interface LaunchTyped {
  sku: number | null;
  price: string;
  total: string;
  limit: string;
  countdown: string;
  duration: string;
}

export interface LaunchBounds {
  normalPrice: number;
  available: number;
}

export type LaunchField = keyof LaunchDraft;
export type LaunchProblems = Partial<Record<LaunchField, string>>;

export const COUNTDOWN_SECS = { min: 0, max: 300, presets: [0, 10, 30, 60, 180] } as const;
export const DURATION_SECS = { min: 60, max: 1200, presets: [60, 180, 300, 600, 1200] } as const;

/** What is typed, as a whole number; null when it is none. */
export const count = (text: string): number | null => (/^\d{1,6}$/.test(text.trim()) ? Number(text.trim()) : null);

/** Minutes that are typed, in seconds. */
export const secsOf = (text: string): number | null =>
  /^\d{1,3}(\.\d{1,2})?$/.test(text.trim()) ? Math.round(Number(text) * 60) : null;

export const whole = (value: number | null): value is number => value !== null && Number.isInteger(value);

export const BLANK_LAUNCH: LaunchTyped = {
  sku: null, price: "", total: "", limit: "1", countdown: "10", duration: "5",
};

export function draftOf(typed: LaunchTyped, currency: string): LaunchDraft {
  return {
    sku: typed.sku,
    price: parseMoney(typed.price, currency),
    total: count(typed.total),
    limit: count(typed.limit),
    countdown: count(typed.countdown),
    duration: secsOf(typed.duration),
  };
}

/** A draft in which every field is given; null where one is empty. */
export function complete<Draft extends object>(draft: Draft): { [Key in keyof Draft]: NonNullable<Draft[Key]> } | null {
  const isComplete = Object.values(draft).every((value) => value !== null);
  return isComplete ? (draft as { [Key in keyof Draft]: NonNullable<Draft[Key]> }) : null;
}

/** The SKU that nobody has to choose: the only one, or the only one that is there; null where there are several. */
export function soleSku({ skus }: Pick<Product, "skus">): number | null {
  const free = skus.filter(({ available }) => available > 0);
  return free.length === 1 || skus.length === 1 ? ((free[0] ?? skus[0])?.id ?? null) : null;
}

interface Strike {
  /** The lowest price lately is struck through: not where the deal is none beside it. */
  isStruck: boolean;
  percent: number;
}

/** What stands beside a deal's price; null where that is no price, or no deal. */
export function strikeOf(price: number | null, sku: Product["skus"][number] | null): Strike | null {
  if (!sku || price === null || price < 1 || price >= sku.price.amount) return null;
  const lowest = sku.lowest.amount;
  return { isStruck: price < lowest, percent: Math.round((1 - price / lowest) * 100) };
}

/** Field → the word of its problem; the sentences are where the form is. Empty when all is well. */
export function problemsOf(draft: LaunchDraft, bounds: LaunchBounds | null): LaunchProblems {
  const problems: LaunchProblems = {};
  if (draft.sku === null || !bounds) problems.sku = "sku_missing";
  else if (bounds.available < 1) problems.sku = "sku_empty";
  if (!whole(draft.price) || draft.price < 1) problems.price = "price_missing";
  else if (bounds && draft.price >= bounds.normalPrice) problems.price = "price_not_lower";
  if (!whole(draft.total) || draft.total < 1) problems.total = "total_missing";
  else if (bounds && draft.total > bounds.available) problems.total = "total_too_many";
  if (!whole(draft.limit) || draft.limit < 1) problems.limit = "limit_missing";
  else if (whole(draft.total) && draft.limit > draft.total) problems.limit = "limit_over_total";
  const { countdown, duration } = draft;
  if (!whole(countdown) || countdown < COUNTDOWN_SECS.min || countdown > COUNTDOWN_SECS.max) {
    problems.countdown = "countdown_range";
  }
  if (!whole(duration) || duration < DURATION_SECS.min || duration > DURATION_SECS.max) {
    problems.duration = "duration_range";
  }
  return problems;
}
