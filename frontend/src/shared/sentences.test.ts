import { expect, it } from "vitest";

import sentences from "./i18n/locales/en/error.json";
import { ERRORS } from "./realtime/wire.generated";

// Said to carriers and payment providers alone.
const NOT_FOR_PEOPLE = ["bad_carrier_signature", "bad_signature"];

it("has a sentence for every refusal of the server", () => {
  const unsaid = Object.keys(ERRORS).filter((word) => !(word in sentences));
  expect(unsaid).toEqual(NOT_FOR_PEOPLE);
});
