/** The host's shelf as a whole list. Pure; each change of an item carries a version, an older one is ignored. */
import type { ShelfItem } from "@/shared/api";

export const MAX_PINS = 3;

export interface Shelf {
  items: ShelfItem[];
  versions: Record<number, number>;
}

/** A list read from the server replaces everything; what an event said meanwhile under a version stays newer. */
export function opened(items: ShelfItem[]): Shelf {
  return { items: [...items].sort((a, b) => a.number - b.number), versions: {} };
}

export function changed(shelf: Shelf, item: ShelfItem, version: number): Shelf {
  if (version < (shelf.versions[item.id] ?? 0)) return shelf;
  return {
    items: shelf.items.map((known) => (known.id === item.id ? item : known)),
    versions: { ...shelf.versions, [item.id]: version },
  };
}

/** In this order, numbered from 1; ids that it does not know are left out, items that are not named go last. */
export function ordered(shelf: Shelf, ids: readonly number[]): Shelf {
  const known = new Map(shelf.items.map((item) => [item.id, item]));
  const named = ids.flatMap((id) => known.get(id) ?? []);
  const rest = shelf.items.filter(({ id }) => !ids.includes(id));
  return { ...shelf, items: [...named, ...rest].map((item, place) => ({ ...item, number: place + 1 })) };
}

/** The others keep the numbers that the host said aloud. */
export function without(shelf: Shelf, id: number): Shelf {
  return { ...shelf, items: shelf.items.filter((item) => item.id !== id) };
}
