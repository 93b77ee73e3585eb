/** Taking a unit of a flash sale. */
import { call, type SaleItem, type SaleState } from "@/shared/realtime";

import { noteClaim } from "../checkout/purchases";
import { useTaking, type Taking } from "./taking";

export interface Claiming extends Pick<Taking, "securing" | "refusal"> {
  /** True when a unit is this person's. */
  claim: (sale: SaleState, item: SaleItem) => Promise<boolean>;
}

export function useClaim(): Claiming {
  const { securing, refusal, take } = useTaking("claim");
  return {
    securing,
    refusal,
    claim: (sale, item) => take(`${sale.id}.${item.sku}`, async (key) => {
      const won = await call("sale.claim", { sale: sale.id, sku: item.sku, quantity: 1, key });
      noteClaim({
        id: won.claim, sale: sale.id, sku: item.sku, quantity: 1, unit_price: item.price, state: "held",
        position: won.position, expires_at: won.expires_at, title: item.title, picture: item.picture,
        options: item.options,
      });
    }),
  };
}
