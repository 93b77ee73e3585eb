/** Numbers, money and times in the language that is chosen; reactive when read while rendering. */
import type { Money, Option } from "@/shared/api";
import { clockText } from "@/shared/countdown";
import { currentLocale, pick } from "@/shared/i18n";
import { moneyText } from "@/shared/money";
import * as numbers from "@/shared/numbers";

export const shortNumber = (value: number): string => numbers.shortNumber(value, currentLocale());
export const exactNumber = (value: number): string => numbers.exactNumber(value, currentLocale());
export const money = (value: Money): string => moneyText(value, currentLocale());

/** `47:03`, or `1:47:03` from an hour on; rounded down, since it counts up. */
export const onAirTime = (ms: number): string => clockText(Math.max(0, Math.floor(ms / 1000) * 1000));

export const optionsText = (options: Option[]): string => options.map((option) => pick(option.value)).join(" · ");

export const timeOfDay = (at: number): string =>
  new Intl.DateTimeFormat(currentLocale(), { hour: "2-digit", minute: "2-digit", hour12: false }).format(at);

export const dateAndTime = (at: number | string): string =>
  new Intl.DateTimeFormat(currentLocale(), {
    month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false,
  }).format(new Date(at));
