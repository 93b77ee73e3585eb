/** Taps are shown at once and sent in sums, at most one call in half a second. */
import { onScopeDispose, ref, type Ref } from "vue";

import { call } from "@/shared/realtime";

const SEND_EVERY_MS = 500;
const MOST_PER_CALL = 50;

export function useLikes(showId: number): { own: Ref<number>; tap: () => void } {
  // Taps that the room's total does not contain yet.
  const own = ref(0);
  let waiting = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function send(): void {
    timer = undefined;
    if (!waiting) return;
    const count = Math.min(waiting, MOST_PER_CALL);
    waiting -= count;
    // A lost heart is no trouble: nobody is told.
    call("like.tap", { show: showId, count })
      .catch(() => undefined)
      .finally(() => setTimeout(() => { own.value = Math.max(0, own.value - count); }, SEND_EVERY_MS));
    if (waiting) timer = setTimeout(send, SEND_EVERY_MS);
  }

  onScopeDispose(() => {
    clearTimeout(timer);
    send();
  });
  return {
    own,
    tap: () => {
      own.value += 1;
      waiting += 1;
      timer ??= setTimeout(send, SEND_EVERY_MS);
    },
  };
}
