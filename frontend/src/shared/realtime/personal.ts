/** What belongs to the person alone: open claims and unpaid orders, from `user:<id>`. Pure. */
import type { Claim, OrderBrief, UserEvent, UserSnapshot } from "./wire";

export interface PersonalState {
  /** Claims by id, also those that are settled or released: a late `claim.won` cannot bring them back. */
  claims: Record<number, Claim>;
  orders: Record<string, OrderBrief>;
  notices: number;
}

export const NOTHING_PERSONAL: PersonalState = { claims: {}, orders: {}, notices: 0 };

export function withClaim(state: PersonalState, claim: Claim): PersonalState {
  const known = state.claims[claim.id];
  if (known && known.state !== "held" && claim.state === "held") return state;
  return { ...state, claims: { ...state.claims, [claim.id]: claim } };
}

export function withOrder(state: PersonalState, order: OrderBrief): PersonalState {
  const known = state.orders[order.number];
  if (known && known.version > order.version) return state;
  return { ...state, orders: { ...state.orders, [order.number]: order } };
}

export function openPersonal(snapshot: UserSnapshot, before: PersonalState, recovered: boolean): PersonalState {
  if (recovered) return before;
  let state: PersonalState = { ...NOTHING_PERSONAL, notices: snapshot.notices };
  for (const claim of snapshot.claims) state = withClaim(state, claim);
  for (const order of snapshot.orders) state = withOrder(state, order);
  return state;
}

export function reducePersonal(state: PersonalState, event: UserEvent): PersonalState {
  switch (event.type) {
    case "claim.won":
    case "claim.expired":
    case "claim.settled":
      return withClaim(state, event.claim);
    case "order.changed":
    case "order.paid":
      return withOrder(state, event.order);
    default:
      return state;
  }
}

/** Claims that still hold something at `now`, the most pressing first. */
export function openClaims(state: PersonalState, now: number): Claim[] {
  return Object.values(state.claims)
    .filter((claim) => claim.state === "held" && claim.expires_at > now)
    .sort((a, b) => a.expires_at - b.expires_at);
}

export function unpaidOrders(state: PersonalState, now: number): OrderBrief[] {
  return Object.values(state.orders)
    .filter((order) => order.state === "pending_payment" && order.expires_at > now)
    .sort((a, b) => a.expires_at - b.expires_at);
}
