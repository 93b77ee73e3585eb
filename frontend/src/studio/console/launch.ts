import { translate } from "@/shared/i18n";

/** What the host typed into the launch form; money in minor units, times in seconds. `null` is an empty field. */
export interface LaunchDraft {
  sku: number | null;
  price: number | null;
  total: number | null;
  limit: number | null;
  countdown: number | null;
  duration: number | null;
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

export const countdownLabel = (secs: number): string =>
  secs === 0 ? translate("studio.launch.now") : translate("studio.launch.chipSecs", { secs });

export const durationLabel = (secs: number): string => secs < 60 || secs % 60
  ? translate("studio.launch.chipSecs", { secs })
  : translate("studio.launch.chipMinutes", { minutes: secs / 60 });

export const whole = (value: number | null): value is number => value !== null && Number.isInteger(value);

/** Field → the word of its problem; the sentences are under `studio.launch.problem`. Empty when all is well. */
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
