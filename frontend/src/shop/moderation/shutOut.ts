/** Whoever is banned from the whole site has no socket: what holds, and when it is over, is asked for. */
import { watch } from "vue";

import { api } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import { reconnect, sanctionsIn, useConnection } from "@/shared/realtime";
import { session } from "@/shared/session";

import { noteSanctions, personal } from "../checkout/purchases";

const AGAIN_MS = 20_000;

const isBanned = () => sanctionsIn(personal.value, "site", serverNow()).some(({ kind }) => kind === "ban");

async function ask(): Promise<void> {
  if (!session.user.value) return;
  const before = isBanned();
  try {
    noteSanctions((await api.get("/api/moderation/me/")).sanctions);
  } catch {
    // That there is no connection is seen; it is asked again.
    return;
  }
  if (before && !isBanned()) reconnect();
}

export function startAskingWhenShutOut(): void {
  const { state } = useConnection();
  let timer: ReturnType<typeof setInterval> | undefined;
  watch(state, (now) => {
    clearInterval(timer);
    if (now !== "refused") return;
    void ask();
    timer = setInterval(() => void ask(), AGAIN_MS);
  }, { immediate: true });
}
