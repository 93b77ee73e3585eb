/** A short list of the desk that is read whole. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { api } from "@/shared/api";

import { report } from "../errors";
import { notify } from "../ui/toasts";

export interface List<T> {
  items: ShallowRef<T[]>;
  settled: Ref<boolean>;
  error: ShallowRef<unknown>;
  busy: Ref<boolean>;
  load: () => Promise<void>;
  /** Does something about one, says how it went, and reads the list again. */
  act: (work: () => Promise<unknown>, done: string) => Promise<boolean>;
}

export function useList<T>(path: () => string): List<T> {
  const items = shallowRef<T[]>([]);
  const settled = ref(false);
  const error = shallowRef<unknown>(null);
  const busy = ref(false);

  async function load(): Promise<void> {
    error.value = null;
    try {
      items.value = await api.get<T[]>(path());
    } catch (caught) {
      error.value = caught;
    } finally {
      settled.value = true;
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

  void load();
  return { items, settled, error, busy, load, act };
}
