/** A cursor list that grows page by page. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { api } from "./client";
import type { CursorPage, Found } from "./types";

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

export function pathOf(url: string): string {
  const { pathname, search } = new URL(url, "http://localhost");
  return pathname + search;
}

/** The path of the next page; null at the end. */
function pathAfter(path: string, page: CursorPage<unknown> | Found): string | null {
  if ("next" in page) return page.next ? pathOf(page.next) : null;
  if (!page.cursor) return null;
  const { pathname, searchParams } = new URL(path, "http://localhost");
  searchParams.set("cursor", page.cursor);
  return `${pathname}?${searchParams.toString()}`;
}

type Listed = { id: number } | { number: string } | { person: { id: number } };

export function usePages<T extends Listed>(first: () => string): Pages<T> {
  const items = shallowRef<T[]>([]);
  const loading = ref(false);
  const settled = ref(false);
  const done = ref(false);
  const error = shallowRef<unknown>(null);
  let next: string | null = null;
  let last = { path: "", replace: true };
  let generation = 0;

  async function load(path: string, replace: boolean): Promise<void> {
    const own = ++generation;
    last = { path, replace };
    loading.value = true;
    error.value = null;
    try {
      const page = await api.get<CursorPage<T> | (Found & { results: T[] })>(path);
      if (own !== generation) return;
      items.value = replace ? page.results : [...items.value, ...page.results];
      next = pathAfter(path, page);
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
      if (!loading.value && next) await load(next, false);
    },
    refresh: () => load(first(), true),
    retry: () => load(last.path, last.replace),
  };
}
