/** What moderators choose from, wherever they decide. */
import { DAY_SECS, HOUR_SECS } from "./durations";

export const REASONS = [
  "spam", "abuse", "hate", "sexual", "violence", "fraud", "privacy", "minors", "illegal", "impersonation", "other",
] as const;

/** How long somebody is held to something. */
export const LENGTHS = [600, HOUR_SECS, DAY_SECS, 7 * DAY_SECS, 30 * DAY_SECS] as const;
