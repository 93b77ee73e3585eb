/** What a coupon drop that is launched may be, in a show and in a group. Pure. */
import { whole } from "./launch";

/** What the host typed into the form of a drop; money in minor units, times in seconds. `null` is an empty field. */
export interface DropDraft {
  /** A coupon that is there, or null for a new one. */
  coupon: number | null;
  name: string;
  byPercent: boolean;
  off: number | null;
  percentOff: number | null;
  /** Null where nothing is typed: no minimum. */
  minimum: number | null;
  validDays: number | null;
  quantity: number | null;
  watchMinutes: number | null;
  /** Only followers of the host may claim. */
  follow: boolean;
  /** Only members of this group may claim; null for everybody. */
  group: number | null;
  countdown: number | null;
  duration: number | null;
}

export type DropField = Exclude<keyof DropDraft, "byPercent" | "follow" | "group">;
export type DropProblems = Partial<Record<DropField, string>>;

export const MOST_COUPONS = 100_000;
export const COUNTDOWN_SECS = { min: 0, max: 300, presets: [0, 10, 30, 60] } as const;
export const DURATION_SECS = { min: 10, max: 3600, presets: [30, 60, 180, 300] } as const;
export const WATCH_MINUTES = { min: 0, max: 600, presets: [0, 1, 3, 5] } as const;

const within = (value: number | null, { min, max }: { min: number; max: number }): boolean =>
  whole(value) && value >= min && value <= max;

/** Field → the word of its problem; the sentences are where the form is. `left`: of the chosen coupon. */
export function problemsOf(draft: DropDraft, left: number | null): DropProblems {
  const problems: DropProblems = {};
  if (draft.coupon === null) {
    if (draft.name.trim().length > 60) problems.name = "name_long";
    if (draft.byPercent) {
      if (!within(draft.percentOff, { min: 1, max: 99 })) problems.percentOff = "percent_range";
    } else if (!whole(draft.off) || draft.off < 1) problems.off = "off_missing";
    else if (draft.minimum && draft.off > draft.minimum) problems.off = "off_over_minimum";
    if (draft.minimum === null) problems.minimum = "minimum_wrong";
    if (!within(draft.validDays, { min: 1, max: 365 })) problems.validDays = "days_range";
  }
  if (!within(draft.quantity, { min: 1, max: MOST_COUPONS })) problems.quantity = "quantity_range";
  else if (draft.coupon !== null && left !== null && (draft.quantity ?? 0) > left) problems.quantity = "quantity_left";
  if (!within(draft.watchMinutes, WATCH_MINUTES)) problems.watchMinutes = "watch_range";
  if (!within(draft.countdown, COUNTDOWN_SECS)) problems.countdown = "countdown_range";
  if (!within(draft.duration, DURATION_SECS)) problems.duration = "duration_range";
  return problems;
}

export interface DropTerms {
  name: string;
  off: number;
  percent_off: number;
  minimum: number;
  valid_days: number;
}

/** A coupon that is there, or the terms of a new one, as the server takes it. */
export function couponOf(draft: DropDraft): { coupon: number } | { terms: DropTerms } {
  if (draft.coupon !== null) return { coupon: draft.coupon };
  return {
    terms: {
      name: draft.name.trim(),
      off: draft.byPercent ? 0 : draft.off ?? 0,
      percent_off: draft.byPercent ? draft.percentOff ?? 0 : 0,
      minimum: draft.minimum ?? 0,
      valid_days: draft.validDays ?? 7,
    },
  };
}
