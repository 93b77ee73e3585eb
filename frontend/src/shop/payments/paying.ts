/** The ways to pay: what may be chosen, and what the buyer is shown once a payment has begun. */
import type { Money } from "@/shared/api";

export const WALLET = "wallet";

/**
 * `done`: nothing is left to do; `frame`: a page of our own, shown in place; `code`: to be scanned by another app;
 * `link`: the provider's own page, which cannot be shown inside ours.
 */
export type Way = "done" | "frame" | "code" | "link";

export function wayOf(payUrl: string, origin: string): Way {
  if (!payUrl) return "done";
  if (payUrl.startsWith("weixin://")) return "code";
  try {
    return new URL(payUrl, origin).origin === origin ? "frame" : "link";
  } catch {
    return "link";
  }
}

/** What is in the wallet of a currency; nothing where there is none. */
export function balanceIn(balances: readonly Money[], currency: string): Money {
  return balances.find((balance) => balance.currency === currency) ?? { amount: 0, currency };
}

export interface Choice {
  provider: string;
  /** Of the wallet. */
  balance?: Money;
  /** False for a wallet with too little in it. */
  enough: boolean;
}

export function choicesOf(providers: readonly string[], balances: readonly Money[], total: Money): Choice[] {
  return providers.map((provider) => {
    if (provider !== WALLET) return { provider, enough: true };
    const balance = balanceIn(balances, total.currency);
    return { provider, balance, enough: balance.amount >= total.amount };
  });
}

/** The one to begin with: the last one that was used, where it still serves, or the first that does. */
export function firstChoice(choices: readonly Choice[], last: string | null): string | null {
  const usable = choices.filter(({ enough }) => enough);
  return (usable.find(({ provider }) => provider === last) ?? usable[0])?.provider ?? null;
}
