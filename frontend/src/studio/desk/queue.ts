/** The queue of the desk: what the list holds and where one stands in it. Pure. */
import type { ModerationCase } from "@/shared/api";

export const ORDERS = ["weight", "age", "latest"] as const;
export type Order = (typeof ORDERS)[number];

export interface Filters {
  state: "open" | "decided" | "any";
  place: "" | "show" | "group" | "dm";
  kind: "" | "message" | "user" | "group";
  source: "" | "reports" | "rules";
  reason: string;
  /** Whom it is about, by id. */
  subject: "" | number;
  order: Order;
}

export const NO_FILTERS: Filters = {
  state: "open", place: "", kind: "", source: "", reason: "", subject: "", order: "weight",
};

export function matches(one: ModerationCase, filters: Filters): boolean {
  return (
    (filters.state === "any" || one.state === filters.state) &&
    (!filters.subject || one.subject?.id === filters.subject) &&
    (!filters.place || one.scope.startsWith(`${filters.place}:`)) &&
    (!filters.kind || one.kind === filters.kind) &&
    (!filters.source || (filters.source === "rules") === (one.rule !== "")) &&
    (!filters.reason || (one.reasons as string[]).includes(filters.reason))
  );
}

function before(one: ModerationCase, other: ModerationCase, order: Order): number {
  if (order === "age") return one.opened_at - other.opened_at || one.id - other.id;
  if (order === "latest") return other.reported_at - one.reported_at || other.id - one.id;
  return other.weight - one.weight || one.id - other.id;
}

/** A case as it has become, where it belongs; one that the filters leave out goes. Older news changes nothing. */
export function withCase(list: readonly ModerationCase[], one: ModerationCase, filters: Filters): ModerationCase[] {
  const known = list.find(({ id }) => id === one.id);
  if (known && known.version > one.version) return [...list];
  const rest = list.filter(({ id }) => id !== one.id);
  if (!matches(one, filters)) return rest;
  return [...rest, one].sort((a, b) => before(a, b, filters.order));
}

/** The one after, or before, where one stands; at the ends one stays. */
export function neighbour(list: readonly { id: number }[], id: number | null, step: 1 | -1): number | null {
  const at = list.findIndex((one) => one.id === id);
  if (at < 0) return list[0]?.id ?? null;
  return list[Math.min(Math.max(at + step, 0), list.length - 1)]?.id ?? null;
}

/** Where to go when this one has left: the one that takes its place, or the last. */
export function nextAfter(list: readonly { id: number }[], id: number): number | null {
  const at = list.findIndex((one) => one.id === id);
  const rest = list.filter((one) => one.id !== id);
  return rest[Math.min(Math.max(at, 0), rest.length - 1)]?.id ?? null;
}
