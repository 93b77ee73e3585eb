import { expect, it } from "vitest";

import { invoiceOf, refusedIn } from "./invoices";

const written = { title: " 某某公司 ", tax_number: "9131 0000ma1fl0000x", email: "a@example.com " };

it("asks for what its kind has a use for", () => {
  expect(invoiceOf({ ...written, kind: "none" })).toBeNull();
  const personal = { kind: "personal", title: "某某公司", email: "a@example.com" };
  expect(invoiceOf({ ...written, kind: "personal" })).toEqual(personal);
  const company = { ...personal, kind: "company", tax_number: "91310000MA1FL0000X" };
  expect(invoiceOf({ ...written, kind: "company" })).toEqual(company);
});

it("finds beforehand what the server would refuse", () => {
  const company = { kind: "company", title: "某某公司", tax_number: "91310000MA1FL0000X", email: "a@example.com" } as const;
  expect(refusedIn(company)).toEqual({});
  expect(refusedIn({ ...company, kind: "personal", tax_number: "" })).toEqual({});
  expect(refusedIn({ ...company, tax_number: "" })).toEqual({ tax_number: "required" });
  expect(refusedIn({ ...company, title: "", tax_number: "1", email: "nobody" })).toEqual({
    title: "required", tax_number: "invalid", email: "invalid",
  });
});
