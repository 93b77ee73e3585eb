/** A cursor list that grows page by page. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

export interface Pages<T> {
  items: ShallowRef<T[]>;
  loading: Ref<boolean>;
  /** True once the first page has come, or failed. */
  settled: Ref<boolean>;
  done: Ref<boolean>;
  error: ShallowRef<unknown>;
  more: () => Promise<void>;
  refresh: () => Promise<void>;
  /** Loads again what could not be loaded. */
  retry: () => Promise<void>;
}

/** Most lists name the address of the next page, some the cursor in it. */
export interface Page<T> {
  results: T[];
  next?: string | null;
  cursor?: string | null;
}

function cursorAfter({ next, cursor }: Page<unknown>): string | null {
  return (next ? new URL(next, "http://localhost").searchParams.get("cursor") : cursor) ?? null;
}

/** `read` asks for the page at the cursor, or for the first. */
export function usePages<T>(read: (cursor?: string) => Promise<Page<T>>): Pages<T> {
  const items = shallowRef<T[]>([]);
  const loading = ref(false);
  const settled = ref(false);
  const done = ref(false);
  const error = shallowRef<unknown>(null);
  let next: string | null = null;
  let last: string | undefined;
  let generation = 0;

  async function load(cursor?: string): Promise<void> {
    const own = ++generation;
    last = cursor;
    loading.value = true;
    error.value = null;
    try {
      const page = await read(cursor);
      if (own !== generation) return;
      items.value = cursor === undefined ? page.results : [...items.value, ...page.results];
      next = cursorAfter(page);
      done.value = next === null;
    } catch (caught) {
      if (own === generation) error.value = caught;
    } finally {
      if (own === generation) {
        loading.value = false;
        settled.value = true;
      }
    }
  }

  return {
    items,
    loading,
    settled,
    done,
    error,
    more: async () => {
      if (!loading.value && next) await load(next);
    },
    refresh: () => load(),
    retry: () => load(last),
  };
}
