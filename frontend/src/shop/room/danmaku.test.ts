import { expect, it } from "vitest";

import { laneAfter, laneFor, type Lane } from "./danmaku";

const free: Lane = { clearAt: 0, goneAt: 0 };
const CROSSING = 8000;
const STAGE = 390;

it("takes the first lane that is free", () => {
  expect(laneFor([free, free], 0, 100, STAGE, CROSSING)).toBe(0);
  expect(laneFor([laneAfter(0, 100, STAGE, CROSSING), free], 100, 100, STAGE, CROSSING)).toBe(1);
});

it("does not start on top of the one before", () => {
  const lane = laneAfter(0, 100, STAGE, CROSSING);
  expect(laneFor([lane], lane.clearAt - 1, 100, STAGE, CROSSING)).toBe(-1);
  expect(laneFor([lane], lane.clearAt, 100, STAGE, CROSSING)).toBe(0);
});

it("does not catch up with the one before: a longer one is faster", () => {
  const slow = laneAfter(0, 60, STAGE, CROSSING);
  expect(laneFor([slow], slow.clearAt, 600, STAGE, CROSSING)).toBe(-1);
  expect(laneFor([slow], slow.goneAt, 600, STAGE, CROSSING)).toBe(0);
});
