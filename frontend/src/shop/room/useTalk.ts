/** What a viewer says in a show's chat, and says of what others said there. */
import { ref, type ComputedRef, type Ref } from "vue";

import { newKey } from "@/shared/api";
import type { ChatRow } from "@/shared/realtime";
import { session } from "@/shared/session";

import { requireLogin } from "../account/account";
import { isUnhurried } from "../moderation/pace";
import type { Reported } from "../moderation/standing";
import { useSlowMode } from "../moderation/useSlowMode";
import type { Room } from "./useRoom";

export interface Talk {
  /** Slow mode: nothing is sent before (ms of the server's clock). */
  nextAt: ComputedRef<number>;
  /** `takeBack` writes a text again that came too early, or answers false. */
  say: (text: string, takeBack: (text: string) => boolean) => Promise<void>;
  again: (row: ChatRow) => Promise<void>;
  /** What is to be reported. */
  reported: Ref<Reported | null>;
  report: (row: ChatRow) => Promise<void>;
}

export function useTalk(room: Room): Talk {
  const reported = ref<Reported | null>(null);
  const ownRow = () => {
    const rows = room.state.value?.rows ?? [];
    return rows.findLast(({ author, state }) => author.id === session.user.value?.id && state !== "failed");
  };
  const slow = useSlowMode(() => {
    const me = session.user.value;
    const now = room.state.value;
    // Whoever has a role here is not held up.
    const isHeldUp = now && me && me.id !== now.show.host.id && !isUnhurried(me) && !ownRow()?.author.role;
    return isHeldUp ? now.rules : null;
  }, () => ownRow()?.at ?? 0);

  async function say(text: string, takeBack: (text: string) => boolean): Promise<void> {
    if (!(await requireLogin("chat")) || !session.user.value) return;
    const key = newKey();
    if ((await room.say(text, session.user.value, key)) !== "slow_mode") return;
    slow.refused(() => {
      const isBack = takeBack(text);
      if (isBack) room.drop(key);
      return isBack;
    });
  }

  async function again(row: ChatRow): Promise<void> {
    if ((await requireLogin("chat")) && session.user.value) await room.say(row.text, session.user.value, row.key);
  }

  async function report({ id, text }: ChatRow): Promise<void> {
    if (id !== null && (await requireLogin("chat"))) reported.value = { target: `message:${id}`, text };
  }

  return { nextAt: slow.nextAt, say, again, reported, report };
}
