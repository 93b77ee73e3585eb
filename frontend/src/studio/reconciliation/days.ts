/** What the pages of reconciliation share: how days, results and gaps are written. */
import type { Money, ReconciliationDay, ReconciliationRow } from "@/shared/api";
import { currentLocale, hasTranslation, translate } from "@/shared/i18n";
import { minorDigits } from "@/shared/money";

export const DIFFERENCES = ["we_miss", "they_miss", "amount_differs", "duplicate"] as const;
export const RESULTS = ["ok", ...DIFFERENCES] as const;
export type Result = (typeof RESULTS)[number];

/** The token of each kind of difference, in the plot and beside its name. */
export const COLOURS: Record<(typeof DIFFERENCES)[number], string> = {
  we_miss: "--live-fill",
  they_miss: "--saffron",
  amount_differs: "--sky",
  duplicate: "--ink-3",
};

/** A day is a date without a zone: `2026-11-03` is the third everywhere. */
export function dayText(day: string): string {
  const options = { month: "short", day: "numeric", weekday: "short", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(currentLocale(), options).format(new Date(`${day}T00:00:00Z`));
}

export function providerText(name: string): string {
  const key = `reconciliation.provider.${name}`;
  return hasTranslation(key) ? translate(key) : name;
}

export function differencesOf({ counts }: Pick<ReconciliationDay, "counts">): number {
  return DIFFERENCES.reduce((sum, result) => sum + counts[result], 0);
}

export function movementsOf(day: Pick<ReconciliationDay, "counts">): number {
  return differencesOf(day) + day.counts.ok;
}

/** With all its decimals, so that columns of amounts are read at a glance. */
export function money({ amount, currency }: Money): string {
  const options = { style: "currency", currency, currencyDisplay: "narrowSymbol" } as const;
  return new Intl.NumberFormat(currentLocale(), options).format(amount / 10 ** minorDigits(currency));
}

/** `+¥10.00` when the provider has more than we do. */
export function signed(gap: Money): string {
  return gap.amount > 0 ? `+${money(gap)}` : money(gap);
}

export function gapText(gap: Money): string {
  const amount = money({ ...gap, amount: Math.abs(gap.amount) });
  return translate(gap.amount > 0 ? "reconciliation.more_there" : "reconciliation.less_there", { amount });
}

/** What they have more than we do of one movement, null where that cannot be said in one number. */
export function gapOf({ ours, theirs, times }: Pick<ReconciliationRow, "ours" | "theirs" | "times">): Money | null {
  if (times && !theirs) return null;
  if (ours && theirs && ours.currency !== theirs.currency) return null;
  const currency = (theirs ?? ours)?.currency;
  if (!currency) return null;
  const amount = (theirs?.amount ?? 0) - (ours?.amount ?? 0);
  return amount ? { amount, currency } : null;
}
