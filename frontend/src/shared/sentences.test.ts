import { expect, it } from "vitest";

import { ApiError } from "./api";
import sentences from "./i18n/locales/en/error.json";
import { ERRORS } from "./realtime/wire.generated";
import { fieldTexts, sentence } from "./sentences";

// Said to carriers and payment providers alone.
const NOT_FOR_PEOPLE = ["bad_carrier_signature", "bad_signature"];

it("has a sentence for every refusal of the server", () => {
  const unsaid = Object.keys(ERRORS).filter((word) => !(word in sentences));
  expect(unsaid).toEqual(NOT_FOR_PEOPLE);
});

it("finds the problems of fields, also of those within another", () => {
  const error = new ApiError("invalid", 400, {}, { email: ["required"], invoice: { title: ["blank"] } as never });
  expect(Object.keys(fieldTexts(error, "invoice"))).toEqual(["title"]);
  expect(fieldTexts(error, "email")).toEqual({});
  expect(fieldTexts(error, "address")).toEqual({});
  expect(fieldTexts(error).email).toBe(sentence("required"));
});
