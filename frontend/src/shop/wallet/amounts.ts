/** By how much a wallet is topped up: what is offered to press, and what may be typed. */
import type { TopUpOffer } from "@/shared/api";
import { minorDigits, parseMoney } from "@/shared/money";

const OFFERED = [20, 50, 100, 200, 500, 1000, 2000, 5000];
const MOST_OFFERED = 6;

/** In minor units, within the bounds. */
export function amountsOf({ least, most }: Pick<TopUpOffer, "least" | "most">): number[] {
  const unit = 10 ** minorDigits(least.currency);
  return OFFERED.map((amount) => amount * unit)
    .filter((amount) => least.amount <= amount && amount <= most.amount)
    .slice(0, MOST_OFFERED);
}

/** What was typed, in minor units; why it will not do, where it will not. */
export function typedAmount(
  text: string,
  { least, most }: Pick<TopUpOffer, "least" | "most">,
): number | "invalid" | "least" | "most" {
  const amount = parseMoney(text, least.currency);
  if (amount === null) return "invalid";
  if (amount < least.amount) return "least";
  return amount > most.amount ? "most" : amount;
}
