/** After-sale cases: what may be asked for, and what is to be done next. */
import type { Case, CaseOptions } from "@/shared/api";

export const OPEN_STATES = ["requested", "awaiting_return", "returned", "received_back", "refunding"];

/** Whether the buyer has something to do, and by when it ends. */
export function isOnBuyer({ state }: Pick<Case, "state">): boolean {
  return state === "awaiting_return";
}

export const mayCancel = ({ state }: Pick<Case, "state">): boolean => ["requested", "awaiting_return"].includes(state);

/** Lines that something can be asked for. */
export function askable(options: readonly CaseOptions[]): CaseOptions[] {
  return options.filter(({ choices, max_quantity: most }) => choices.length > 0 && most > 0);
}

/** What so many of the units get back at most, in minor units: as the server splits it, rounded down. */
export function mostFor({ max_quantity: units, max_amount: paid }: CaseOptions, quantity: number): number {
  return units > 0 ? Math.floor((paid.amount * quantity) / units) : 0;
}
