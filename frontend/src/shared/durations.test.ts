import { expect, it } from "vitest";

import { unitOf } from "./durations";

it("takes the largest unit that leaves nothing over", () => {
  const units = [1, 59, 60, 90, 120, 3600, 5400, 86_400, 90_000, 7 * 86_400].map(unitOf);
  expect(units).toEqual([
    "seconds", "seconds", "minutes", "seconds", "minutes", "hours", "minutes", "days", "hours", "days",
  ]);
  expect([0, 1.5].map(unitOf)).toEqual(["seconds", "seconds"]);
});
