/** What holds for the person in a channel now. */
import { computed, type ComputedRef, type Ref } from "vue";

import { useNow } from "@/shared/clock";
import { sanctionsIn, type Sanction } from "@/shared/realtime";

import { personal } from "../checkout/purchases";
import { isAway } from "./putAway";

export interface Holding {
  /** The gravest that was not put away. */
  sanction: ComputedRef<Sanction | null>;
  /** Nothing may be written. */
  silenced: ComputedRef<boolean>;
  /** Nothing may be read either. */
  keptOut: ComputedRef<boolean>;
  now: Readonly<Ref<number>>;
}

export function useSanction(channel: () => string): Holding {
  const now = useNow();
  const sanction = computed(() => (
    sanctionsIn(personal.value, channel(), now.value).find((one) => !isAway(one)) ?? null
  ));
  return {
    sanction,
    silenced: computed(() => sanction.value !== null && sanction.value.kind !== "warning"),
    keptOut: computed(() => sanction.value?.kind === "ban" || sanction.value?.kind === "kick"),
    now,
  };
}
