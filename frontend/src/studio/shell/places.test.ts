import { describe, expect, it } from "vitest";

import { roleMissing } from "./places";

describe("which role a page needs", () => {
  it.each([
    ["stock", ["host"], "staff"],
    ["reconciliation", ["host", "moderator"], "staff"],
    ["desk", ["host"], "moderator"],
    ["stock", ["host", "staff"], null],
    ["desk", ["staff"], null],
    ["shows", ["host"], null],
    ["console", ["host"], null],
  ])("%s for %j", (name, own, missing) => {
    expect(roleMissing(name, own)).toBe(missing);
  });
});
