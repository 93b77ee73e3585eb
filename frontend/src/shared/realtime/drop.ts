/** Reducers of coupon drops. Events state absolute values under a version: what is older is ignored. */
import type { DropEvent, DropProgress, DropState } from "./wire";

export function newerDrop(known: DropState | undefined, next: DropState): DropState {
  return known && known.version > next.version ? known : next;
}

export function reduceDrop(drop: DropState, event: DropEvent): DropState {
  switch (event.type) {
    case "drop.counted":
      if (event.drop !== drop.id || drop.version > event.version) return drop;
      return { ...drop, version: event.version, given: event.given };
    case "drop.scheduled":
    case "drop.opened":
    case "drop.closed":
      return event.drop.id === drop.id ? newerDrop(drop, event.drop) : drop;
    default:
      return drop;
  }
}

/** Drops by the time of their start, each once, in its newest version. */
export function withDrop(drops: readonly DropState[], next: DropState): DropState[] {
  const newest = newerDrop(drops.find(({ id }) => id === next.id), next);
  return [...drops.filter(({ id }) => id !== next.id), newest].sort((a, b) => a.starts_at - b.starts_at || a.id - b.id);
}

export type DropPhase = "scheduled" | "open" | "gone" | "closed";

/** Where a drop stands at `now`. Nothing of it comes back: what is gone stays so. */
export function dropPhase(drop: DropState, now: number): DropPhase {
  if (drop.given >= drop.quantity || drop.close_reason === "gone") return "gone";
  if (drop.state === "closed" || now >= drop.ends_at) return "closed";
  return drop.state === "scheduled" && now < drop.starts_at ? "scheduled" : "open";
}

/** Conditions that are met by a press of a button, of which the person has not pressed that one. */
export function missingDeeds(progress: readonly DropProgress[]): DropProgress[] {
  return progress.filter(({ kind, least, have }) => kind !== "watched" && have < least);
}

/** Seconds that are still to be watched at `now`, as far as one knows here: the server counts, in steps. */
export function secsToWatch(progress: readonly DropProgress[], readAt: number, now: number): number {
  const watched = progress.find(({ kind }) => kind === "watched");
  if (!watched) return 0;
  const since = Math.max(0, Math.floor((now - readAt) / 1000));
  return Math.max(0, watched.least - watched.have - since);
}
