/** Where one stands in a list of the desk, what is marked in it, and the keys for both. */
import { onBeforeUnmount, onMounted, ref, type Ref } from "vue";

import { neighbour } from "./queue";

const WRITING = "input:not([type='checkbox']), textarea, select, [contenteditable], [role='combobox']";

export interface Selection {
  chosen: Ref<number | null>;
  marked: Ref<Set<number>>;
  step: (by: 1 | -1) => void;
  mark: (id: number) => void;
  markAll: () => void;
}

export function useSelection(items: () => readonly { id: number }[]): Selection {
  const chosen = ref<number | null>(null);
  const marked = ref(new Set<number>());

  function step(by: 1 | -1): void {
    chosen.value = neighbour(items(), chosen.value, by);
  }

  function mark(id: number): void {
    const next = new Set(marked.value);
    if (!next.delete(id)) next.add(id);
    marked.value = next;
  }

  function markAll(): void {
    marked.value = marked.value.size === items().length ? new Set() : new Set(items().map(({ id }) => id));
  }

  return { chosen, marked, step, mark, markAll };
}

function dialogOpen(): boolean {
  return [...document.querySelectorAll("[aria-modal='true']")].some((dialog) => dialog.getClientRects().length > 0);
}

/** J K X A, and what else the list has by key: while the tab is there, and nobody writes. */
export function useKeys({ chosen, step, mark, markAll }: Selection, more: Record<string, () => void>): void {
  const acts: Record<string, () => void> = {
    j: () => { step(1); },
    k: () => { step(-1); },
    x: () => { if (chosen.value !== null) mark(chosen.value); },
    a: markAll,
    ...more,
  };

  function pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(WRITING) || dialogOpen()) return;
    const act = acts[event.key.toLowerCase()];
    if (!act || (event.repeat && !["j", "k"].includes(event.key))) return;
    event.preventDefault();
    act();
  }

  onMounted(() => { window.addEventListener("keydown", pressed); });
  onBeforeUnmount(() => { window.removeEventListener("keydown", pressed); });
}
