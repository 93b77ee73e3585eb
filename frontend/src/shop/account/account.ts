/** Asking a guest to log in, in a sheet, and going on from there. */
import { shallowRef } from "vue";

import { session } from "@/shared/session";

export const loginAsked = shallowRef<{ reason: string; answer: (loggedIn: boolean) => void } | null>(null);

/** A key of `account.why`. */
type Reason = "chat" | "buy" | "claim" | "coupons" | "drop" | "people" | "report" | "share" | "write";

/** True once somebody is logged in; false when the guest preferred to stay one. */
export async function requireLogin(reason: Reason): Promise<boolean> {
  await session.start().catch(() => null);
  if (session.user.value) return true;
  return new Promise((resolve) => {
    loginAsked.value = {
      reason,
      answer: (loggedIn) => {
        loginAsked.value = null;
        resolve(loggedIn);
      },
    };
  });
}
