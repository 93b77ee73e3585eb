import type { Invoice } from "@/shared/api";

export interface Written {
  kind: Invoice["kind"] | "none";
  title: string;
  tax_number: string;
  email: string;
}

const TAX_NUMBER = /^[0-9A-Z]{8,20}$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What is asked for, without what its kind has no use for; null: none. */
export function invoiceOf({ kind, title, tax_number: taxNumber, email }: Written): Invoice | null {
  if (kind === "none") return null;
  const all = { kind, title: title.trim(), email: email.trim() };
  return kind === "company" ? { ...all, tax_number: taxNumber.replace(/\s/g, "").toUpperCase() } : all;
}

/** Field → the code that the server would refuse it with; it is asked at the order only. */
export function refusedIn({ kind, title, tax_number: taxNumber = "", email }: Invoice): Record<string, string> {
  const refused = (value: string, form: RegExp) => (!value ? "required" : form.test(value) ? "" : "invalid");
  const all = {
    title: title ? "" : "required",
    tax_number: kind === "company" ? refused(taxNumber, TAX_NUMBER) : "",
    email: refused(email, EMAIL),
  };
  return Object.fromEntries(Object.entries(all).filter(([, code]) => code));
}
