import type { Money } from "@/shared/api";
import type { Locale } from "@/shared/i18n";
import { moneyText } from "@/shared/money";

/** A movement with its sign, also when it adds. */
export function movedText(money: Money, locale: Locale): string {
  return `${money.amount > 0 ? "+" : ""}${moneyText(money, locale)}`;
}
