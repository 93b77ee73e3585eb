/** Taking a unit of a flash sale: one key an intention, sent again until there is an answer. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { codeOf, newKey } from "@/shared/api";
import { call, type SaleItem, type SaleState } from "@/shared/realtime";

import { requireLogin } from "../account/account";
import { noteClaim } from "../checkout/purchases";

const TRIES = 4;
const RETRIED = new Set(["network", "server", "busy", "too_fast"]);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// A reload in the middle of an attempt asks again under the same key, and so gets the same unit.
const storageKey = (sale: number, sku: number) => `souk.claim.${sale}.${sku}`;

function keyFor(sale: number, sku: number): string {
  try {
    const known = sessionStorage.getItem(storageKey(sale, sku));
    if (known) return known;
    const key = newKey();
    sessionStorage.setItem(storageKey(sale, sku), key);
    return key;
  } catch {
    return newKey();
  }
}

function forgetKey(sale: number, sku: number): void {
  try {
    sessionStorage.removeItem(storageKey(sale, sku));
  } catch {
    // Nothing was kept.
  }
}

export interface Claiming {
  securing: Ref<boolean>;
  /** The code word of the refusal. */
  refusal: ShallowRef<string | null>;
  /** True when a unit is this person's. */
  claim: (sale: SaleState, item: SaleItem) => Promise<boolean>;
}

export function useClaim(): Claiming {
  const securing = ref(false);
  const refusal = shallowRef<string | null>(null);

  async function attempt(sale: SaleState, item: SaleItem): Promise<void> {
    const key = keyFor(sale.id, item.sku);
    for (let tries = 1; ; tries += 1) {
      try {
        const won = await call("sale.claim", { sale: sale.id, sku: item.sku, quantity: 1, key });
        noteClaim({
          id: won.claim, sale: sale.id, sku: item.sku, quantity: 1, unit_price: item.price, state: "held",
          position: won.position, expires_at: won.expires_at, title: item.title, picture: item.picture,
          options: item.options,
        });
        return;
      } catch (error) {
        if (tries >= TRIES || !RETRIED.has(codeOf(error))) throw error;
        await pause(300 * tries);
      }
    }
  }

  return {
    securing,
    refusal,
    claim: async (sale, item) => {
      if (securing.value || !(await requireLogin("claim"))) return false;
      securing.value = true;
      refusal.value = null;
      try {
        await attempt(sale, item);
        forgetKey(sale.id, item.sku);
        return true;
      } catch (error) {
        refusal.value = codeOf(error);
        // Without an answer the unit may be taken all the same: the next try must ask for the same one.
        if (!RETRIED.has(refusal.value)) forgetKey(sale.id, item.sku);
        return false;
      } finally {
        securing.value = false;
      }
    },
  };
}
