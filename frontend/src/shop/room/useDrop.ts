/** A coupon drop as a person stands to it: in a room, or in a chat. */
import { computed, watch, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";

import { useNow } from "@/shared/clock";
import { pick } from "@/shared/i18n";
import {
  dropPhase, missingDeeds, secsToWatch, type ClaimedCoupon, type DropPhase, type DropProgress, type DropState,
} from "@/shared/realtime";
import { sentence } from "@/shared/sentences";

import { termsText } from "../coupons/worth";
import { announce } from "../ui/announce";
import { dayTime } from "../ui/times";
import { claimCoupon, ownPart } from "./drops";
import { useTaking, type Taking } from "./taking";

interface DropForMe extends Pick<Taking, "securing"> {
  phase: ComputedRef<DropPhase>;
  mine: ComputedRef<ClaimedCoupon | null>;
  /** It may still be claimed, and is not this person's yet. */
  running: ComputedRef<boolean>;
  /** What is to be done first, and can be done here: to follow the host, or to join a group. */
  deed: ComputedRef<DropProgress | null>;
  secsLeft: ComputedRef<number>;
  terms: ComputedRef<string>;
  /** Why it was refused; empty where that stands elsewhere. */
  reason: ComputedRef<string>;
  /** Of these coupons the person has had as many as one may. */
  had: ComputedRef<boolean>;
  claim: () => Promise<void>;
}

/** `refresh` asks the server anew how far one is; `follows`: whether one follows the host, as far as that is known. */
export function useDrop(drop: () => DropState, refresh: () => void, follows: () => boolean | undefined): DropForMe {
  const { t } = useI18n();
  const now = useNow();
  const { securing, refusal, take } = useTaking("drop");

  const phase = computed(() => dropPhase(drop(), now.value));
  const own = computed(() => ownPart(drop().id));
  const mine = computed(() => own.value?.mine ?? null);
  const running = computed(() => !mine.value && (phase.value === "open" || phase.value === "scheduled"));
  const isTimed = computed(() => drop().conditions.some(({ kind }) => kind === "watched"));
  const deed = computed(() => missingDeeds(own.value?.progress ?? []).find(({ kind }) => {
    return kind !== "followed" || follows() !== true;
  }) ?? null);
  const secsLeft = computed(() => (own.value ? secsToWatch(own.value.progress, own.value.readAt, now.value) : 0));
  const valid = computed(() => {
    const { valid_days, usable_until } = drop();
    if (mine.value) return t("coupons.until", { at: dayTime(mine.value.grant.usable_until) });
    if (valid_days !== null) return t("drop.days", { count: valid_days });
    return usable_until === null ? "" : t("coupons.until", { at: dayTime(usable_until) });
  });
  const reason = computed(() => {
    if (!refusal.value || mine.value) return "";
    if (refusal.value !== "condition_unmet") return sentence(refusal.value);
    // What is to be done, and the exact seconds, stand beside it.
    if (deed.value || secsLeft.value) return "";
    return isTimed.value ? t("drop.nearly") : sentence(refusal.value);
  });

  // What was refused while it ran says nothing about a drop that is over.
  watch(phase, (now) => { if (now === "closed" || now === "gone") refusal.value = null; });

  async function claim(): Promise<void> {
    let position = 0;
    const won = await take(`drop.${drop().id}`, async (key) => { position = await claimCoupon(drop(), key); });
    if (won) announce(t("drop.won_said", { name: pick(drop().coupon.name), position }));
    else if (refusal.value === "condition_unmet") refresh();
    if (!won && refusal.value) announce(sentence(refusal.value));
  }

  return {
    phase,
    mine,
    running,
    deed,
    secsLeft,
    terms: computed(() => [termsText(drop().coupon), valid.value].filter(Boolean).join(" · ")),
    reason,
    had: computed(() => refusal.value === "coupon_limit_reached"),
    securing,
    claim,
  };
}
