/** Claiming what is scarce: one key an intention, sent again until there is an answer. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { codeOf, newKey } from "@/shared/api";

import { requireLogin } from "../account/account";

const TRIES = 4;
const RETRIED = new Set(["network", "server", "busy", "too_fast"]);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// A reload in the middle of an attempt asks again under the same key, and so gets the same thing.
const storageKey = (thing: string) => `souk.claim.${thing}`;

function keyFor(thing: string): string {
  try {
    const known = sessionStorage.getItem(storageKey(thing));
    if (known) return known;
    const key = newKey();
    sessionStorage.setItem(storageKey(thing), key);
    return key;
  } catch {
    return newKey();
  }
}

function forgetKey(thing: string): void {
  try {
    sessionStorage.removeItem(storageKey(thing));
  } catch {
    // Nothing was kept.
  }
}

export interface Taking {
  securing: Ref<boolean>;
  /** The code word of the refusal. */
  refusal: ShallowRef<string | null>;
  /** True when it is this person's. `send` is called with the key, perhaps several times. */
  take: (thing: string, send: (key: string) => Promise<void>) => Promise<boolean>;
}

/** `reason`: what a guest is told who has to log in first, a key of `account.why`. */
export function useTaking(reason: "claim" | "drop"): Taking {
  const securing = ref(false);
  const refusal = shallowRef<string | null>(null);

  async function attempt(thing: string, send: (key: string) => Promise<void>): Promise<void> {
    const key = keyFor(thing);
    for (let tries = 1; ; tries += 1) {
      try {
        await send(key);
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
    take: async (thing, send) => {
      if (securing.value || !(await requireLogin(reason))) return false;
      securing.value = true;
      refusal.value = null;
      try {
        await attempt(thing, send);
        forgetKey(thing);
        return true;
      } catch (error) {
        refusal.value = codeOf(error);
        // Without an answer it may be taken all the same: the next try must ask for the same one.
        if (!RETRIED.has(refusal.value)) forgetKey(thing);
        return false;
      } finally {
        securing.value = false;
      }
    },
  };
}
