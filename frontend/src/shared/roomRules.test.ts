import { describe, expect, it } from "vitest";

import type { RoomRules } from "./realtime";
import { choicesWith, raidEnd, SLOW_SECS } from "./roomRules";

describe("what holds in a room", () => {
  it("offers what holds now beside the choices, in order and once", () => {
    expect(choicesWith(SLOW_SECS, 30)).toEqual([...SLOW_SECS]);
    expect(choicesWith(SLOW_SECS, 45)).toEqual([0, 5, 10, 30, 45, 60, 120]);
  });

  it("has no raid mode from its end on", () => {
    const end = (raid_until: number | null, now: number) => raidEnd({ raid_until } as RoomRules, now);
    expect([end(null, 5), end(10, 9), end(10, 10), end(10, 11)]).toEqual([null, 10, null, null]);
  });
});
