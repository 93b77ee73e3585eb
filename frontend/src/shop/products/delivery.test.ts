import { expect, it } from "vitest";

import { arrivalOf } from "./delivery";

it("arrives at the earliest when it is sent at once, and at the latest when it is sent in the last hour", () => {
  const now = Date.parse("2026-03-01T10:00:00Z");
  const [from, to] = arrivalOf({ ships_within_hours: 48, days: { min: 2, max: 4 } }, now);
  expect(new Date(from).toISOString()).toBe("2026-03-03T10:00:00.000Z");
  expect(new Date(to).toISOString()).toBe("2026-03-07T10:00:00.000Z");
});
