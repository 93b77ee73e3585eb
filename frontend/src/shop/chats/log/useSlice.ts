/**
 * Draws only those of many rows that are near the screen, in a scroller that stands at its end unless somebody scrolls
 * up. Whatever comes, goes or grows, above or below: the row that is read stays where it is.
 *
 * Rows not drawn yet count as `GUESS_PX` high; once drawn, they are measured. Each time something has moved, the scroll
 * position is set so that the first row on the screen (the anchor) stands as before; the browser draws it only then.
 */
import {
  computed, nextTick, onBeforeUnmount, onMounted, shallowRef, watch,
  type ComputedRef, type ShallowRef,
} from "vue";

import { covers, offsetsOf, sliceOf, type Slice } from "./offsets";

export type Key = number | string;

const GUESS_PX = 64;
const SPARE_PX = 900;
const NEEDED_PX = 300;
const AT_END_PX = 32;
/** Whoever stands at the end is not taken along past more rows than can be read. */
const MOST_FOLLOWED = 20;
/** Where what is jumped to stands, as a part of the screen's height. */
const JUMP_TO = 0.3;

interface Options {
  box: Readonly<ShallowRef<HTMLElement | null>>;
  keys: () => readonly Key[];
  /** Whether the last row is the end of all, at which one may stay. */
  isEnd: () => boolean;
  /** `last` is the last row on the screen; so many px are above the screen, and below it. */
  moved: (seen: { last: Key; above: number; below: number }) => void;
}

interface Sliced {
  slice: Readonly<ShallowRef<Slice>>;
  /** Heights of what is not drawn, in px. */
  before: ComputedRef<number>;
  after: ComputedRef<number>;
  stuck: Readonly<ShallowRef<boolean>>;
  scrolled: () => void;
  toEnd: () => Promise<void>;
  to: (key: Key) => Promise<void>;
}

export function useSlice({ box, keys, isEnd, moved }: Options): Sliced {
  const slice = shallowRef<Slice>({ from: 0, to: 0 });
  const stuck = shallowRef(true);
  const before = shallowRef(0);
  const after = shallowRef(0);
  const heights = new Map<Key, number>();
  const watched = new Map<HTMLElement, Key>();
  let offsets: Float64Array = new Float64Array(1);
  let anchor: { key: Key; top: number } | null = null;
  let endedAt = Infinity;

  function reckon(): void {
    const list = keys();
    offsets = offsetsOf(list.length, (index) => heights.get(list[index] ?? "") ?? GUESS_PX);
  }

  function draw(next: Slice): void {
    slice.value = next;
    before.value = offsets[next.from] ?? 0;
    after.value = (offsets[offsets.length - 1] ?? 0) - (offsets[next.to] ?? 0);
  }

  function rows(): HTMLElement[] {
    return [...(box.value?.querySelectorAll<HTMLElement>(":scope > [data-row]") ?? [])];
  }

  const keyOf = (row: HTMLElement): Key => keys()[Number(row.dataset.row)] ?? "";
  // What stands above all rows.
  const headPx = () => box.value?.querySelector<HTMLElement>(":scope > [data-head]")?.offsetHeight ?? 0;

  function remember(): void {
    const element = box.value;
    if (!element) return;
    const top = element.scrollTop;
    const first = rows().find((row) => row.offsetTop + row.offsetHeight > top);
    anchor = first ? { key: keyOf(first), top: first.offsetTop - top } : null;
  }

  /** Sees that the anchor stands where it stood, or the end at the end. */
  function settle(): void {
    const element = box.value;
    if (!element) return;
    if (stuck.value) {
      element.scrollTop = element.scrollHeight;
      endedAt = element.scrollTop;
    } else if (anchor) {
      const { key, top } = anchor;
      const row = rows().find((one) => keyOf(one) === key);
      const moves = row ? row.offsetTop - element.scrollTop - top : 0;
      if (Math.abs(moves) >= 1) element.scrollTop += moves;
    }
    remember();
    tell();
  }

  function tell(): void {
    const element = box.value;
    const list = keys();
    if (!element || !list.length || !slice.value.to) return;
    const top = element.scrollTop;
    const bottom = top + element.clientHeight;
    const onScreen = rows().filter((row) => row.offsetTop < bottom - 16 && row.offsetTop + row.offsetHeight > top);
    const last = onScreen.at(-1);
    if (!last) return;
    moved({ last: keyOf(last), above: top, below: element.scrollHeight - bottom });
  }

  /** Measures what is drawn. True where anything is not as high as it was thought to be. */
  function measure(): boolean {
    let changed = false;
    const drawn = new Set(rows());
    for (const row of watched.keys()) {
      if (drawn.has(row)) continue;
      resized.unobserve(row);
      watched.delete(row);
    }
    for (const row of drawn) {
      const key = keyOf(row);
      if (watched.get(row) !== key) {
        if (!watched.has(row)) resized.observe(row);
        watched.set(row, key);
      }
      if (heights.get(key) !== row.offsetHeight) {
        heights.set(key, row.offsetHeight);
        changed = true;
      }
    }
    return changed;
  }

  function drawnAnew(): void {
    if (measure()) reckon();
    settle();
    fill();
  }

  /** Draws more where what is drawn does not reach. */
  function fill(): void {
    const element = box.value;
    if (!element) return;
    const top = element.scrollTop - headPx();
    const bottom = top + element.clientHeight;
    const needed = sliceOf(offsets, top, bottom, NEEDED_PX);
    if (!covers(slice.value, needed)) draw(sliceOf(offsets, top, bottom, SPARE_PX));
  }

  function scrolled(): void {
    const element = box.value;
    if (!element) return;
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX;
    // Where a row has grown since, the end has moved away, and not the reader.
    const isWhereItEnded = element.scrollTop >= endedAt - 1;
    stuck.value = stuck.value ? isNear || isWhereItEnded : isNear && isEnd();
    remember();
    fill();
    tell();
  }

  /** The rows around the one with this index, or the last ones. */
  function around(index: number): Slice {
    const height = box.value?.clientHeight ?? 800;
    const top = offsets[index] ?? 0;
    return sliceOf(offsets, top - height * JUMP_TO, top + height, SPARE_PX);
  }

  function last(): Slice {
    const end = offsets[offsets.length - 1] ?? 0;
    return sliceOf(offsets, end - (box.value?.clientHeight ?? 800), end, SPARE_PX);
  }

  watch(keys, (list, before) => {
    reckon();
    const end = before?.length ? list.indexOf(before.at(-1) ?? "") : -1;
    if (end >= 0 && list.length - 1 - end > MOST_FOLLOWED) stuck.value = false;
    const index = anchor ? list.indexOf(anchor.key) : -1;
    draw(stuck.value || index < 0 ? last() : around(index));
  }, { immediate: true });
  // Also where the same rows were drawn with other content.
  watch([slice, keys], drawnAnew, { flush: "post" });

  const resized = new ResizeObserver(() => {
    if (measure()) reckon();
    settle();
    fill();
  });
  onMounted(() => {
    if (box.value) resized.observe(box.value);
    drawnAnew();
  });
  onBeforeUnmount(() => { resized.disconnect(); });

  async function toEnd(): Promise<void> {
    stuck.value = true;
    reckon();
    draw(last());
    await nextTick();
    settle();
  }

  async function to(key: Key): Promise<void> {
    const index = keys().indexOf(key);
    const element = box.value;
    if (index < 0 || !element) return;
    stuck.value = false;
    anchor = null;
    reckon();
    draw(around(index));
    await nextTick();
    measure();
    const row = rows().find((one) => keyOf(one) === key);
    if (!row) return;
    element.scrollTop = row.offsetTop - element.clientHeight * JUMP_TO;
    scrolled();
  }

  return {
    slice,
    before: computed(() => before.value),
    after: computed(() => after.value),
    stuck,
    scrolled,
    toEnd,
    to,
  };
}
