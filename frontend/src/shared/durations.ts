/** Lengths of time in the reader's language. */
import { translate } from "./i18n";

export const MINUTE_SECS = 60;
export const HOUR_SECS = 3600;
export const DAY_SECS = 86_400;

export const UNITS = { seconds: 1, minutes: MINUTE_SECS, hours: HOUR_SECS, days: DAY_SECS } as const;
export type Unit = keyof typeof UNITS;

/** The largest unit that a length of time is so many whole ones of. */
export function unitOf(secs: number): Unit {
  const fits = (Object.keys(UNITS) as Unit[]).filter((name) => secs >= UNITS[name] && secs % UNITS[name] === 0);
  return fits.at(-1) ?? "seconds";
}

/** "10 min", "1 day"; null: for good. */
export function durationText(secs: number | null): string {
  if (secs === null) return translate("duration.for_good");
  if (secs >= DAY_SECS) return translate("duration.days", { count: Math.round(secs / DAY_SECS) });
  if (secs >= HOUR_SECS) return translate("duration.hours", { count: Math.round(secs / HOUR_SECS) });
  if (secs >= MINUTE_SECS) return translate("duration.minutes", { count: Math.round(secs / MINUTE_SECS) });
  return translate("duration.seconds", { count: secs });
}
