/** How often one may write where somebody has slowed it down. Pure. */
import type { User } from "@/shared/api";
import type { RoomRules } from "@/shared/realtime";

/** What the server takes for slow while a room is raided. */
const RAID_SLOW_SECS = 30;

/** From when on (ms of the server's clock) one may write again who wrote at `lastAt`; 0 where nothing is slowed. */
export function nextAt(
  lastAt: number,
  { slow_mode_secs, raid_until }: Pick<RoomRules, "slow_mode_secs" | "raid_until">,
): number {
  const slow = slow_mode_secs ? lastAt + slow_mode_secs * 1000 : 0;
  const raid = raid_until === null ? 0 : Math.min(lastAt + RAID_SLOW_SECS * 1000, raid_until);
  return Math.max(slow, raid);
}

/** Moderators write everywhere as they like. */
export function isUnhurried(user: User | null): boolean {
  return user?.roles.some((role) => role !== "host") ?? false;
}
