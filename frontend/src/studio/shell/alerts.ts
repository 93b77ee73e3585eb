import { ref, watch, type Ref } from "vue";
import { useRoute } from "vue-router";

import { api } from "@/shared/api";

/** Of how many SKUs few units are left, asked anew with each page that is opened; null where that failed. */
export function useAlerts(mayAsk: () => boolean): Ref<number | null> {
  const open = ref<number | null>(0);
  const here = useRoute();
  let generation = 0;

  async function ask(): Promise<void> {
    const own = ++generation;
    const answer = await api.get("/api/studio/stock/alerts/").catch(() => null);
    if (own === generation) open.value = answer?.open ?? null;
  }

  watch([() => here.name, mayAsk], () => { if (mayAsk()) void ask(); }, { immediate: true });
  return open;
}
