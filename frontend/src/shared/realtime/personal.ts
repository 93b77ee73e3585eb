/** What belongs to the person alone: open claims, unpaid orders, other people, from `user:<id>`. Pure. */
import type {
  CartCount, Claim, InboxCount, OrderBrief, Relation, Sanction, Standing, UserEvent, UserSnapshot,
} from "./wire";

export interface PersonalState {
  /** Claims by id, also those that are settled or released: a late `claim.won` cannot bring them back. */
  claims: Record<number, Claim>;
  orders: Record<string, OrderBrief>;
  /** How much is in the cart, and in which version. */
  cart: CartCount;
  people: Standing;
  /** By user id, only of those that something happened with since this page was opened. */
  relations: Record<number, { relation: Relation; version: number }>;
  notices: InboxCount;
  /** By id, also those that were lifted: older news cannot bring them back. */
  sanctions: Record<number, Sanction>;
}

const NOBODY: Standing = { followers: 0, following: 0, friends: 0, requests: 0, version: 0 };

export const NOTHING_PERSONAL: PersonalState = {
  claims: {},
  orders: {},
  cart: { version: 0, count: 0, units: 0 },
  people: NOBODY,
  relations: {},
  notices: { unread: 0, version: 0 },
  sanctions: {},
};

export function withSanction(state: PersonalState, sanction: Sanction): PersonalState {
  const known = state.sanctions[sanction.id];
  if (known && known.version > sanction.version) return state;
  return { ...state, sanctions: { ...state.sanctions, [sanction.id]: sanction } };
}

/** What holds in a channel at `now`, or was warned of: the gravest first. */
export function sanctionsIn(state: PersonalState, channel: string, now: number): Sanction[] {
  const gravity = ["warning", "mute", "kick", "ban"];
  return Object.values(state.sanctions)
    .filter(({ scope }) => scope === "site" || scope === channel)
    .filter(({ lifted_at, expires_at }) => lifted_at === null && (expires_at === null || expires_at > now))
    .sort((a, b) => gravity.indexOf(b.kind) - gravity.indexOf(a.kind) || b.id - a.id);
}

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

export function withRelation(
  state: PersonalState,
  id: number,
  relation: Relation,
  standing: Standing,
): PersonalState {
  const known = state.relations[id];
  const relations =
    known && known.version > standing.version
      ? state.relations
      : { ...state.relations, [id]: { relation, version: standing.version } };
  return { ...state, people: newer(state.people, standing), relations };
}

function newer<Counted extends { version: number }>(one: Counted, other: Counted): Counted {
  return other.version >= one.version ? other : one;
}

export function openPersonal(snapshot: UserSnapshot, before: PersonalState, recovered: boolean): PersonalState {
  // Counts travel in events that are not kept, too.
  if (recovered) return { ...before, people: newer(before.people, snapshot.people) };
  const { cart, people, notices } = snapshot;
  let state: PersonalState = { ...NOTHING_PERSONAL, cart, people, notices };
  for (const claim of snapshot.claims) state = withClaim(state, claim);
  for (const order of snapshot.orders) state = withOrder(state, order);
  for (const sanction of snapshot.sanctions) state = withSanction(state, sanction);
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
    case "cart.changed":
      return { ...state, cart: newer(state.cart, event.cart) };
    case "notice.added":
    case "notice.read":
    case "notice.removed":
      return { ...state, notices: newer(state.notices, event.inbox) };
    case "sanction.added":
    case "sanction.changed":
    case "sanction.lifted":
      return withSanction(state, event.sanction);
    case "standing.counted":
      return withRelation(state, event.person, event.relation, event.standing);
    case "follow.added":
    case "follow.removed":
    case "friend.requested":
    case "friend.accepted":
    case "friend.declined":
    case "friend.withdrawn":
    case "friend.removed":
    case "block.added":
    case "block.removed":
      return withRelation(state, event.person.id, event.relation, event.standing);
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
