/** One item of a flash sale as a person stands to it: in a room, or in a chat. */
import { computed, watch, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";

import { useNow } from "@/shared/clock";
import { pick } from "@/shared/i18n";
import { itemPhase, type Claim, type ItemPhase, type SaleItem, type SaleState } from "@/shared/realtime";
import { sentence } from "@/shared/sentences";

import { buy, payOrder } from "../checkout/checkout";
import { usePurchases } from "../checkout/purchases";
import { announce } from "../ui/announce";
import { useClaim, type Claiming } from "./useClaim";

interface ItemForMe extends Pick<Claiming, "securing" | "refusal"> {
  phase: ComputedRef<ItemPhase>;
  /** What is held and not paid yet. */
  mine: ComputedRef<Claim | undefined>;
  bought: ComputedRef<Claim | undefined>;
  title: ComputedRef<string>;
  chosen: ComputedRef<string>;
  /** After a refusal: buy at the ordinary price, see one's orders, or simply try again. */
  nextStep: ComputedRef<"ordinary" | "orders" | null>;
  take: () => Promise<void>;
  pay: () => void;
}

export function useSaleItem(sale: () => SaleState, item: () => SaleItem): ItemForMe {
  const { t } = useI18n();
  const now = useNow();
  const { securing, refusal, claim } = useClaim();
  const { claimOn, boughtOn, orderOf } = usePurchases();

  const phase = computed(() => itemPhase(sale(), item(), now.value));
  const mine = computed(() => claimOn(sale().id, item().sku));
  const title = computed(() => pick(item().title));

  // What was refused while it ran says nothing about a sale that is over.
  watch(phase, (now) => { if (now === "closed" || now === "sold_out") refusal.value = null; });

  async function take(): Promise<void> {
    const won = await claim(sale(), item());
    if (won) announce(t("sale.won_said", { title: title.value }));
    else if (refusal.value) announce(sentence(refusal.value));
  }

  function pay(): void {
    if (!mine.value) return;
    const order = orderOf(mine.value.id);
    if (order) payOrder(order.number);
    else void buy({ claim: mine.value.id }, sale().channel);
  }

  return {
    phase,
    mine,
    bought: computed(() => boughtOn(sale().id, item().sku)),
    title,
    chosen: computed(() => item().options.map(({ value }) => pick(value)).join(" · ")),
    securing,
    refusal,
    nextStep: computed(() => {
      if (refusal.value === "sold_out" || refusal.value === "not_open") return "ordinary";
      if (refusal.value === "limit_reached" || refusal.value === "already_holding") return "orders";
      return null;
    }),
    take,
    pay,
  };
}
