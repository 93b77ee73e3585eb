/** Where slow mode holds: from when on one may write again, as far as this page knows. */
import { computed, ref, type ComputedRef } from "vue";

import { serverNow } from "@/shared/clock";
import type { RoomRules } from "@/shared/realtime";
import { sentence } from "@/shared/sentences";

import { announce } from "../ui/announce";
import { nextAt } from "./pace";

export interface SlowMode {
  /** In ms of the server's clock; 0 at any time. */
  nextAt: ComputedRef<number>;
  /** The server took a message for too early. `takeBack` puts it where it was written, or answers false. */
  refused: (takeBack: () => boolean) => void;
}

/** `rules`: null for whom they do not hold up. `lastAt`: when one wrote last, 0 where that is not known. */
export function useSlowMode(rules: () => RoomRules | null, lastAt: () => number): SlowMode {
  // What was written on another device may be unknown here: then it counts from the refusal.
  const refusedAt = ref(0);
  const next = computed(() => {
    const now = rules();
    return now ? nextAt(Math.max(lastAt(), refusedAt.value), now) : 0;
  });

  function refused(takeBack: () => boolean): void {
    if (next.value <= serverNow()) refusedAt.value = serverNow();
    if (takeBack()) announce(sentence("slow_mode"));
  }

  return { nextAt: next, refused };
}
