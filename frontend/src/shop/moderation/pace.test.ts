import { describe, expect, it } from "vitest";

import type { User } from "@/shared/api";

import { isUnhurried, nextAt } from "./pace";

describe("slow mode", () => {
  it("counts from one's last message, in a raid at least 30 s, and no longer than the raid", () => {
    const at = (slow_mode_secs: number, raid_until: number | null) => nextAt(100_000, { slow_mode_secs, raid_until });
    expect(at(0, null)).toBe(0);
    expect(at(5, null)).toBe(105_000);
    expect(at(5, 900_000)).toBe(130_000);
    expect(at(60, 900_000)).toBe(160_000);
    expect(at(5, 110_000)).toBe(110_000);
    expect(at(0, 90_000)).toBe(90_000);
  });

  it("does not hold moderators up, but hosts who are guests", () => {
    const held = (...roles: User["roles"]) => isUnhurried({ roles } as User);
    expect([held(), held("host"), held("moderator"), held("host", "staff"), isUnhurried(null)])
      .toEqual([false, false, true, true, false]);
  });
});
