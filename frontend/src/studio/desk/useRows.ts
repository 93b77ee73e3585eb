/** The rows of a list: where one stands goes on as they leave, and what is marked leaves with them. */
import { computed, nextTick, watch, type Ref } from "vue";

import type { List } from "./list";
import { nextAfter } from "./queue";
import { useKeys, useSelection, type Selection } from "./selection";

/** `keys`: what is done by key to what is marked, or else to where one stands. */
export function useRows<T extends { id: number }>(
  list: List<T>,
  box: Readonly<Ref<HTMLElement | null>>,
  keys: Record<string, (ids: number[]) => void>,
): Selection & { targets: Ref<number[]> } {
  const selection = useSelection(() => list.items.value);
  const { chosen, marked } = selection;
  const targets = computed(() => (marked.value.size ? [...marked.value] : [chosen.value ?? []].flat()));

  watch(list.items, (now, before) => {
    const there = new Set(now.map(({ id }) => id));
    marked.value = new Set([...marked.value].filter((id) => there.has(id)));
    if (chosen.value === null || !there.has(chosen.value)) {
      const rest = before.filter(({ id }) => there.has(id) || id === chosen.value);
      chosen.value = (chosen.value === null ? null : nextAfter(rest, chosen.value)) ?? now[0]?.id ?? null;
    }
  });
  watch(chosen, async () => {
    await nextTick();
    box.value?.querySelector("[aria-current='true']")?.scrollIntoView({ block: "nearest" });
  });
  useKeys(selection, Object.fromEntries(
    Object.entries(keys).map(([key, act]) => [key, () => { act(targets.value); }]),
  ));
  return { ...selection, targets };
}
