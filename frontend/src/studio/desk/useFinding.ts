/** What is found for the words of a picker: the answer to the last of them counts. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { report } from "../errors";

interface Finding<T> {
  found: ShallowRef<T[]>;
  loading: Ref<boolean>;
  find: (text: string) => Promise<void>;
}

export function useFinding<T>(ask: (q: string) => Promise<T[]>): Finding<T> {
  const found = shallowRef<T[]>([]);
  const loading = ref(false);
  let generation = 0;

  async function find(text: string): Promise<void> {
    const own = ++generation;
    const q = text.trim();
    loading.value = q !== "";
    if (!q) {
      found.value = [];
      return;
    }
    try {
      const answer = await ask(q);
      if (own === generation) found.value = answer;
    } catch (caught) {
      if (own === generation) report(caught);
    } finally {
      if (own === generation) loading.value = false;
    }
  }

  return { found, loading, find };
}
