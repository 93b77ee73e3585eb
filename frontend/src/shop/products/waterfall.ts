/** Where cards of several heights stand in columns. Pure; all lengths in px. */

export const GAP = 12;
/** The height of what stands below a card's picture: two lines of title and the price. */
export const WORDS = 96;
/** The widest and the tallest that a picture is shown; beyond, it is cut. */
const WIDEST = 4 / 3;
const TALLEST = 3 / 4;

export interface Spot {
  x: number;
  y: number;
  height: number;
}

export interface Layout {
  /** Of a column. */
  width: number;
  /** Of all of them. */
  height: number;
  spots: Spot[];
}

export function columnsIn(width: number): number {
  return width >= 960 ? 4 : width >= 640 ? 3 : 2;
}

export function shownRatio(ratio: number | null): number {
  return Math.min(WIDEST, Math.max(TALLEST, ratio ?? 1));
}

/** Each card stands under the shortest column, the first of equals: so more of them never move those that are there. */
export function layOut(ratios: readonly (number | null)[], available: number): Layout {
  const count = columnsIn(available);
  const width = (available - GAP * (count - 1)) / count;
  const bottoms = Array.from({ length: count }, () => 0);
  const spots = ratios.map((ratio) => {
    const column = bottoms.indexOf(Math.min(...bottoms));
    const height = Math.round(width / shownRatio(ratio)) + WORDS;
    const spot = { x: column * (width + GAP), y: bottoms[column] ?? 0, height };
    bottoms[column] = spot.y + height + GAP;
    return spot;
  });
  return { width, height: Math.max(0, Math.max(...bottoms) - GAP), spots };
}
