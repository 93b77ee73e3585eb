/** After-sale cases: what may be asked for, and what is to be done next. */
import type { Case, CaseOptions } from "@/shared/api";
import { parseMoney } from "@/shared/money";

export const OPEN_STATES = ["requested", "awaiting_return", "returned", "received_back", "resent", "refunding"];

/** Whether the buyer has something to do, and by when it ends. */
export function isOnBuyer({ state }: Pick<Case, "state">): boolean {
  return state === "awaiting_return";
}

/** What was sent in exchange is on its way, and the buyer may say that it is there. */
export const mayReceive = ({ state }: Pick<Case, "state">): boolean => state === "resent";

/** An exchange that nobody decided about, for something that has sold out since. */
export const mustChoose = ({ state, replacement }: Pick<Case, "state" | "replacement">): boolean => {
  return state === "requested" && replacement !== null && !replacement.available;
};

/** Whether the seller offered, or time brought, the money for an exchange. */
export const isMoneyInstead = ({ events }: Pick<Case, "events">): boolean => {
  return events.some(({ details, by }) => by !== "buyer" && details.instead !== undefined);
};

export const mayCancel = ({ state }: Pick<Case, "state">): boolean => ["requested", "awaiting_return"].includes(state);

/** Lines that something can be asked for. */
export function askable(options: readonly CaseOptions[]): CaseOptions[] {
  return options.filter(({ choices, max_quantity: most }) => choices.length > 0 && most > 0);
}

/** What so many of the units get back at most, in minor units: as the server splits it, rounded down. */
export function mostFor({ max_quantity: units, max_amount: paid }: CaseOptions, quantity: number): number {
  return units > 0 ? Math.floor((paid.amount * quantity) / units) : 0;
}

/** What is asked back, in minor units: all of it where nothing was typed, also where that is nothing; null for what
 * cannot be. */
export function amountAsked(typed: string, most: number, currency: string): number | null {
  if (!typed.trim()) return most;
  const asked = parseMoney(typed, currency);
  return asked !== null && asked >= 1 && asked <= most ? asked : null;
}
