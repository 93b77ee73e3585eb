/** What is chosen in the cart costs, as checkout will say without coupons, points and freight. */
import { computed, onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { api, type CartLine, type Estimate } from "@/shared/api";

// Taps on a stepper come one after the other.
const WAIT_MS = 200;

export function useEstimate(chosen: () => CartLine[]): {
  /** One for each currency; none before the first answer, and when it failed. */
  sums: Readonly<ShallowRef<Estimate[]>>;
  /** Whether they are of what was chosen before. */
  busy: Readonly<Ref<boolean>>;
  failure: Readonly<ShallowRef<unknown>>;
  ask: () => Promise<void>;
} {
  const sums = shallowRef<Estimate[]>([]);
  const failure = shallowRef<unknown>(null);
  const busy = ref(false);
  const key = computed(() => {
    return chosen().map(({ sku, quantity, price }) => `${sku}x${quantity}@${price.amount}${price.currency}`).join();
  });
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask(): Promise<void> {
    const own = ++generation;
    const lines = chosen().map(({ sku, quantity }) => ({ sku, quantity }));
    failure.value = null;
    busy.value = lines.length > 0;
    if (!lines.length) {
      sums.value = [];
      return;
    }
    try {
      const found = await api.post("/api/checkout/estimate/", { body: { lines } });
      if (own === generation) sums.value = found;
    } catch (error) {
      if (own !== generation) return;
      sums.value = [];
      failure.value = error;
    } finally {
      if (own === generation) busy.value = false;
    }
  }

  watch(key, () => {
    // Whatever is under way was asked for something else.
    generation += 1;
    busy.value = true;
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), sums.value.length ? WAIT_MS : 0);
  }, { immediate: true });
  onBeforeUnmount(() => {
    generation += 1;
    clearTimeout(timer);
  });
  return { sums, busy, failure, ask };
}
