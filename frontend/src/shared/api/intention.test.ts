import { expect, it } from "vitest";

import { useIntention } from "./intention";

it("keeps the key of what is asked for until it is done or something else is wanted", () => {
  const intention = useIntention();
  const mute = { user: 3, kind: "mute" };
  const first = intention.keyOf(mute);
  expect(first).not.toBe("");
  expect(intention.keyOf({ ...mute })).toBe(first);
  const other = intention.keyOf({ ...mute, kind: "ban" });
  expect(other).not.toBe(first);
  intention.done();
  expect(intention.keyOf({ ...mute, kind: "ban" })).not.toBe(other);
});
