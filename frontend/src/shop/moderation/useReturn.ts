/** Whether a ban or a kick keeps the person out of a channel; once it is over, lifted or by its time, they are back. */
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from "vue";

import { useConnection } from "@/shared/realtime";

import { useSanction } from "./useSanction";

/** Every process of the server knows within a second what a moderator has done. */
const KNOWN_MS = 1_000;

export function useReturn(
  channel: string,
  { refusal, again }: { refusal: Readonly<Ref<string | null>>; again: () => void },
): ComputedRef<boolean> {
  const { keptOut } = useSanction(() => channel);
  const { state: connection } = useConnection();
  const returning = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(keptOut, (isOut, wasOut) => {
    clearTimeout(timer);
    returning.value = wasOut && !isOut && refusal.value !== null;
    if (!returning.value) return;
    timer = setTimeout(() => {
      returning.value = false;
      again();
    }, KNOWN_MS);
  });
  onScopeDispose(() => { clearTimeout(timer); });
  // Whoever is shut out while it is open hears of the sanction by itself; the refusal says only that it is over.
  // Whoever is banned from the whole site does not get as far as the door.
  const shut = computed(() => refusal.value !== null || connection.value === "refused");
  return computed(() => refusal.value === "banned" || (shut.value && (keptOut.value || returning.value)));
}
