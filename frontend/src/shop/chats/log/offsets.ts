/** Where rows of different heights stand, and which of them have to be drawn. Pure. */

/** The tops of `count` rows and, as the last one, the end of all. */
export function offsetsOf(count: number, heightOf: (index: number) => number): Float64Array {
  const offsets = new Float64Array(count + 1);
  for (let index = 0; index < count; index += 1) offsets[index + 1] = (offsets[index] ?? 0) + heightOf(index);
  return offsets;
}

/** The row that stands at `y`: the last one whose top is not below it. */
export function rowAt(offsets: Float64Array, y: number): number {
  let [low, high] = [0, Math.max(0, offsets.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface Slice {
  from: number;
  /** Not included. */
  to: number;
}

/** The rows between `top` and `bottom`, and what is `spare` px beyond either. */
export function sliceOf(offsets: Float64Array, top: number, bottom: number, spare: number): Slice {
  const count = offsets.length - 1;
  if (count <= 0) return { from: 0, to: 0 };
  return { from: rowAt(offsets, top - spare), to: Math.min(count, rowAt(offsets, bottom + spare) + 1) };
}

export function covers(slice: Slice, needed: Slice): boolean {
  return slice.from <= needed.from && slice.to >= needed.to;
}
