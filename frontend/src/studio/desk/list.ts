/** A list of the desk that is read whole, or with a `cursor` a hundred at a time. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { translate } from "@/shared/i18n";

import { report } from "../errors";
import { notify } from "../ui/toasts";

const PAGE = 100;

type Work = (id: number) => Promise<unknown>;
/** What is said of so many that worked. */
type Done = (count: number) => string;

export interface List<T> {
  items: ShallowRef<T[]>;
  settled: Ref<boolean>;
  error: ShallowRef<unknown>;
  busy: Ref<boolean>;
  /** Whether there may be older ones. */
  more: Ref<boolean>;
  loading: Ref<boolean>;
  load: () => Promise<void>;
  older: () => Promise<void>;
  /** Does something about one, says how it went, and reads the list again. */
  act: (work: () => Promise<unknown>, done: string) => Promise<boolean>;
  /** The same about several, each by itself; `undo` takes it back while it is fresh. */
  each: (ids: number[], work: Work, done: Done, undo?: Work) => Promise<void>;
}

/** `read` asks for the newest, or for those before a number, which `cursor` tells of the last one. */
export function useList<T>(read: (before?: number) => Promise<T[]>, cursor?: (last: T) => number): List<T> {
  const items = shallowRef<T[]>([]);
  const settled = ref(false);
  const error = shallowRef<unknown>(null);
  const busy = ref(false);
  const more = ref(false);
  const loading = ref(false);
  let generation = 0;

  async function load(): Promise<void> {
    const own = ++generation;
    error.value = null;
    try {
      const found = await read();
      if (own !== generation) return;
      items.value = found;
      more.value = cursor !== undefined && found.length >= PAGE;
    } catch (caught) {
      if (own === generation) error.value = caught;
    } finally {
      if (own === generation) settled.value = true;
    }
  }

  async function older(): Promise<void> {
    const last = items.value.at(-1);
    if (!cursor || last === undefined || loading.value) return;
    const own = generation;
    loading.value = true;
    try {
      const found = await read(cursor(last));
      if (own !== generation) return;
      items.value = [...items.value, ...found];
      more.value = found.length >= PAGE;
    } catch (caught) {
      report(caught);
    } finally {
      loading.value = false;
    }
  }

  async function act(work: () => Promise<unknown>, done: string): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    try {
      await work();
      notify(done);
      return true;
    } catch (caught) {
      report(caught);
      return false;
    } finally {
      busy.value = false;
      await load();
    }
  }

  async function each(ids: number[], work: Work, done: Done, undo?: Work): Promise<void> {
    if (busy.value || !ids.length) return;
    busy.value = true;
    const worked: number[] = [];
    const failed: unknown[] = [];
    for (const id of ids) {
      try {
        await work(id);
        worked.push(id);
      } catch (caught) {
        failed.push(caught);
      }
    }
    busy.value = false;
    const back = (): void => {
      if (undo) void each(worked, undo, () => translate("desk.waits_again"));
    };
    const action = undo ? { label: translate("desk.undo"), run: back } : null;
    if (worked.length) notify(done(worked.length), { action });
    if (failed.length === 1) report(failed[0]);
    else if (failed.length) notify(translate("desk.some_failed", { count: failed.length }), { tone: "problem" });
    await load();
  }

  void load();
  return { items, settled, error, busy, more, loading, load, older, act, each };
}
