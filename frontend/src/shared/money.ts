import type { Money } from "./api/types";
import type { Locale } from "./i18n";

/** What the shop's own prices, coupons and freight are in, as the page says. */
export const SHOP_CURRENCY =
  globalThis.document?.querySelector<HTMLMetaElement>('meta[name="souk-currency"]')?.content || "CNY";

export interface MoneyParts {
  sign: string;
  symbol: string;
  whole: string;
  /** With its decimal point; empty when the amount is whole. */
  fraction: string;
}

function formatter(locale: Locale, currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
}

export function minorDigits(currency: string): number {
  return formatter("en", currency).resolvedOptions().maximumFractionDigits ?? 2;
}

export function moneyParts(money: Money, locale: Locale): MoneyParts {
  const digits = minorDigits(money.currency);
  const parts = formatter(locale, money.currency).formatToParts(Math.abs(money.amount) / 10 ** digits);
  const take = (...types: string[]) =>
    parts.flatMap(({ type, value }) => (types.includes(type) ? value : [])).join("");
  const fraction = take("fraction");
  return {
    sign: money.amount < 0 ? "-" : "",
    symbol: take("currency"),
    whole: take("integer", "group"),
    fraction: Number(fraction) ? take("decimal") + fraction : "",
  };
}

export function moneyText(money: Money, locale: Locale): string {
  const { sign, symbol, whole, fraction } = moneyParts(money, locale);
  return `${sign}${symbol}${whole}${fraction}`;
}

/** What was typed ("39", "39.90") in minor units; null when it is no amount of this currency. */
export function parseMoney(text: string, currency: string): number | null {
  const digits = minorDigits(currency);
  const match = /^(\d{1,9})(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return null;
  const fraction = match[2] ?? "";
  if (fraction.length > digits) return null;
  return Number(match[1]) * 10 ** digits + Number(fraction.padEnd(digits, "0") || 0);
}
