/** Lengths, ages, scopes and names in the reader's language. */
import type { ModerationCase } from "@/shared/api";
import { translate } from "@/shared/i18n";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

export const LENGTHS = [600, HOUR, DAY, 7 * DAY, 30 * DAY] as const;

/** "10 min", "1 d"; null: for good. */
export function lengthText(secs: number | null): string {
  if (secs === null) return translate("desk.for_good");
  if (secs >= DAY) return translate("desk.days", { count: Math.round(secs / DAY) });
  if (secs >= HOUR) return translate("desk.hours", { count: Math.round(secs / HOUR) });
  if (secs >= MINUTE) return translate("desk.minutes", { count: Math.round(secs / MINUTE) });
  return translate("desk.seconds", { count: secs });
}

export function ageText(at: number, now: number): string {
  return lengthText(Math.max(1, Math.round((now - at) / 1000)));
}

export function scopeText(scope: string, place: string): string {
  const kind = scope.split(":", 1)[0] ?? "site";
  return place ? `${translate(`desk.scope.${kind}`)} · ${place}` : translate(`desk.scope.${kind}`);
}

/** What a case is about: a group by its own name, everything else by whoever answers for it. */
export function nameOf(one: ModerationCase): string {
  return (one.kind === "group" ? one.copy.title : one.subject?.display_name ?? one.copy.title) ?? one.target;
}
