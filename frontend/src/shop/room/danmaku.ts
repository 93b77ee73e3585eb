/** Which lane a flying comment takes, so that none runs into another. Pure. */
export const NODES_MAX = 60;

export interface Lane {
  /** When the last comment's tail has left the right edge (ms). */
  clearAt: number;
  /** When its tail leaves the left edge (ms). */
  goneAt: number;
}

/**
 * The first lane in which a comment `width` px wide, crossing `stage` px in `crossing` ms, neither starts on top of
 * the one before it nor catches up with it; -1 when there is none.
 */
export function laneFor(lanes: readonly Lane[], at: number, width: number, stage: number, crossing: number): number {
  const headAtLeft = at + (crossing * stage) / (stage + width);
  return lanes.findIndex(({ clearAt, goneAt }) => clearAt <= at && goneAt <= headAtLeft);
}

/** The lane after that comment has entered it. */
export function laneAfter(at: number, width: number, stage: number, crossing: number, gap = 24): Lane {
  return { clearAt: at + (crossing * (width + gap)) / (stage + width), goneAt: at + crossing };
}
