import type { Locale } from "./i18n";

const STEPS: Record<Locale, readonly (readonly [number, string])[]> = {
  "zh-CN": [[1e8, "亿"], [1e4, "万"]],
  en: [[1e9, "B"], [1e6, "M"], [1e3, "k"]],
};
const SHORT_FROM = 10_000;

/** 1.2万 / 12k from ten thousand on; below, the number itself. Rounded down: nothing is shown that is not there. */
export function shortNumber(value: number, locale: Locale): string {
  if (value < SHORT_FROM) return exactNumber(value, locale);
  const [size, unit] = STEPS[locale].find(([step]) => value >= step) ?? [1, ""];
  const scaled = value / size;
  const shown = scaled >= 10 ? Math.floor(scaled) : Math.floor(scaled * 10) / 10;
  return `${shown}${unit}`;
}

export function exactNumber(value: number, locale: Locale): string {
  return new Intl.NumberFormat(locale).format(value);
}
