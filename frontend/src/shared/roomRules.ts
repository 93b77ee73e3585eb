/** What holds in a room or a group, and how whoever runs it changes that; each change holds at once. */
import { ref, type Ref } from "vue";

import { call, type Methods, type RoomRules } from "./realtime";

/** What is left out stays. */
type RoomChange = Omit<Methods["room.set"][0], "channel">;

/** Slow mode: one message in so many seconds; 0: off. */
export const SLOW_SECS = [0, 5, 10, 30, 60, 120] as const;

/** The choices, with what holds now where that is none of them. */
export function choicesWith(choices: readonly number[], now: number): number[] {
  return [...new Set([...choices, now])].sort((one, other) => one - other);
}

/** Until when (ms of the server's clock) the raid mode holds; null where it does not, or no more. */
export function raidEnd({ raid_until: until }: RoomRules, now: number): number | null {
  return until !== null && until > now ? until : null;
}

export function useRoomRules(
  channel: string,
  { done, failed }: { done?: () => void; failed: (error: unknown) => void },
): { busy: Readonly<Ref<boolean>>; set: (change: RoomChange) => Promise<void> } {
  const busy = ref(false);

  async function set(change: RoomChange): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      await call("room.set", { channel, ...change });
      done?.();
    } catch (error) {
      failed(error);
    } finally {
      busy.value = false;
    }
  }

  return { busy, set };
}
