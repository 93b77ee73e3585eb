/** Numbers, money and times in the language that is chosen; reactive when read while rendering. */
import type { Coupon, Money, Option } from "@/shared/api";
import { clockText } from "@/shared/countdown";
import { currentLocale, pick, translate } from "@/shared/i18n";
import { moneyText } from "@/shared/money";
import * as numbers from "@/shared/numbers";

export const shortNumber = (value: number): string => numbers.shortNumber(value, currentLocale());
export const exactNumber = (value: number): string => numbers.exactNumber(value, currentLocale());
export const money = (value: Money): string => moneyText(value, currentLocale());

/** `47:03`, or `1:47:03` from an hour on; rounded down, since it counts up. */
export const onAirTime = (ms: number): string => clockText(Math.max(0, Math.floor(ms / 1000) * 1000));

export const optionsText = (options: Option[]): string => options.map((option) => pick(option.value)).join(" · ");

/** "¥5 off · from ¥30"; in Chinese a percentage is what is left: 九折 is 10 % less. */
export function couponText({ off, percent_off, minimum }: Pick<Coupon, "off" | "percent_off" | "minimum">): string {
  const percent = currentLocale() === "zh-CN" ? (100 - percent_off) / 10 : percent_off;
  const by = off ? { amount: money(off) } : { percent };
  const worth = translate(off ? "promotions.off" : "promotions.percent", by);
  return minimum.amount ? `${worth} · ${translate("promotions.from", { amount: money(minimum) })}` : worth;
}

export const timeOfDay = (at: number): string =>
  new Intl.DateTimeFormat(currentLocale(), { hour: "2-digit", minute: "2-digit", hour12: false }).format(at);

/** The year where it is not this one. */
export function dateAndTime(at: number | string): string {
  const then = new Date(at);
  return new Intl.DateTimeFormat(currentLocale(), {
    ...(then.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" }),
    month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false,
  }).format(then);
}
