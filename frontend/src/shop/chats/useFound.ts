/** Messages that were asked for, page by page. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import type { FoundMessages } from "@/shared/api";

export const PAGE = 30;
/** A page may be empty while more is behind it; so many are looked at before the reader asks for more. */
const PAGES_AT_ONCE = 4;

export interface FoundList {
  items: ShallowRef<FoundMessages["found"]>;
  loading: Ref<boolean>;
  /** Whether what was asked for last has been answered. */
  settled: Ref<boolean>;
  done: Ref<boolean>;
  error: ShallowRef<unknown>;
  /** Begins anew; null: nothing is asked. */
  search: (query: string | null) => Promise<void>;
  more: () => Promise<void>;
}

export function useFound(page: (query: string, before?: number) => Promise<FoundMessages>): FoundList {
  const items = shallowRef<FoundMessages["found"]>([]);
  const loading = ref(false);
  const settled = ref(false);
  const done = ref(false);
  const error = shallowRef<unknown>(null);
  let asked: string | null = null;
  let next: number | null = null;
  let generation = 0;

  async function load(): Promise<void> {
    const own = ++generation;
    loading.value = true;
    error.value = null;
    const before = items.value.length;
    try {
      for (let pages = 0; pages < PAGES_AT_ONCE && items.value.length - before < PAGE / 2; pages += 1) {
        const { found, next: following } = await page(asked ?? "", next ?? undefined);
        if (own !== generation) return;
        items.value = [...items.value, ...found];
        next = following;
        done.value = next === null;
        if (done.value) break;
      }
    } catch (caught) {
      if (own === generation) error.value = caught;
    } finally {
      if (own === generation) {
        loading.value = false;
        settled.value = true;
      }
    }
  }

  async function search(query: string | null): Promise<void> {
    generation += 1;
    [asked, next] = [query, null];
    [items.value, settled.value, done.value, error.value, loading.value] = [[], false, false, null, false];
    if (query !== null) await load();
  }

  return {
    items, loading, settled, done, error, search,
    more: async () => { if (!loading.value && !done.value && asked !== null) await load(); },
  };
}
