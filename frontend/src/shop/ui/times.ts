import { currentLocale } from "@/shared/i18n";

export function dayTime(at: string | number | null): string {
  if (at === null) return "";
  const format = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat(currentLocale(), { ...format, hourCycle: "h23" }).format(new Date(at));
}

/** ISO 8601 → ms since the epoch. */
export function msOf(at: string | null): number | null {
  const ms = Date.parse(at ?? "");
  return Number.isNaN(ms) ? null : ms;
}

/** "Nov 12", "11月12日"; with the weekday when asked. */
export function day(at: number, weekday = false): string {
  const format: Intl.DateTimeFormatOptions = { month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(currentLocale(), weekday ? { ...format, weekday: "short" } : format).format(at);
}
