/** Times as a chat shows them, in the reader's zone and language. */
import { currentLocale, translate } from "@/shared/i18n";

const DAY_MS = 86_400_000;

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

export function isSameDay(one: number, other: number): boolean {
  return startOfDay(one) === startOfDay(other);
}

export function clockTime(at: number): string {
  const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat(currentLocale(), format).format(at);
}

/** "Today", "Yesterday", "Mon, Nov 23", with the year where it is another one. */
export function dayLabel(at: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
  if (days === 0) return translate("chats.today");
  if (days === 1) return translate("chats.yesterday");
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const format: Intl.DateTimeFormatOptions = isThisYear
    ? { month: "short", day: "numeric", weekday: "short" }
    : { year: "numeric", month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(currentLocale(), format).format(at);
}

/** Short, for a list: the time of today's, the day of others. */
export function listTime(at: number, now: number): string {
  if (isSameDay(at, now)) return clockTime(at);
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
  if (days === 1) return translate("chats.yesterday");
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const format: Intl.DateTimeFormatOptions = isThisYear
    ? { month: "numeric", day: "numeric" }
    : { year: "numeric", month: "numeric", day: "numeric" };
  return new Intl.DateTimeFormat(currentLocale(), format).format(at);
}
