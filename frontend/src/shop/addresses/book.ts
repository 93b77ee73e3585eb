/** The address book: what the form holds, what is sent of it, and where its problems belong. */
import { api, ApiError, type BookAddress } from "@/shared/api";
import { sentence } from "@/shared/sentences";

export const CHINA = "CN";
export const MOST_LEVELS = 3;

export interface AddressForm {
  name: string;
  phone: string;
  country: string;
  /** In China province, city and district, "" where not chosen; elsewhere the city and, if there is one, the state. */
  region: string[];
  line: string;
  postcode: string;
  label: string;
  is_default: boolean;
}

export type Field = "name" | "phone" | "country" | "region" | "line" | "postcode" | "label";
export type Problems = Partial<Record<Field, string>>;

const FIELDS: readonly Field[] = ["name", "phone", "country", "region", "line", "postcode", "label"];
const MAINLAND_PHONE = /^(?:\+?86[ -]?)?(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8}(?:-\d{1,5})?)$/;
const ANY_PHONE = /^\+?[0-9](?:[ ()-]{0,2}[0-9]){4,18}$/;
const ANY_POSTCODE = /^[0-9A-Za-z][0-9A-Za-z -]{1,11}$/;

export function emptyForm(): AddressForm {
  const region = ["", "", ""];
  return { name: "", phone: "", country: CHINA, region, line: "", postcode: "", label: "", is_default: false };
}

export function formOf(address: BookAddress): AddressForm {
  const { name, phone, country, line, postcode, label, is_default } = address;
  const [first = "", ...others] = address.region;
  const region = country === CHINA ? [...address.region] : [first, others.join(", ")];
  return { name, phone, country, region, line, postcode, label, is_default };
}

/** What is posted: no blanks around, no empty levels. */
export function bodyOf(form: AddressForm): Omit<AddressForm, "is_default"> {
  return {
    name: form.name.trim(),
    phone: form.phone.trim(),
    country: form.country,
    region: form.region.map((level) => level.trim()).filter(Boolean),
    line: form.line.trim(),
    postcode: form.postcode.trim(),
    label: form.label.trim(),
  };
}

/** Field → key of the sentence that tells what is missing or cannot be right. */
export function problemsOf(form: AddressForm): Problems {
  const { name, phone, country, region, line, postcode } = bodyOf(form);
  const inChina = country === CHINA;
  const problems: Problems = {};
  if (!name) problems.name = "addresses.name_missing";
  if (!phone) problems.phone = "addresses.phone_missing";
  else if (!(inChina ? MAINLAND_PHONE : ANY_PHONE).test(phone)) problems.phone = badKey("phone", country);
  if (inChina ? region.length < MOST_LEVELS : !form.region[0]?.trim()) problems.region = missingRegion(country);
  if (!line) problems.line = "addresses.line_missing";
  if (postcode && !(inChina ? /^\d{6}$/ : ANY_POSTCODE).test(postcode)) problems.postcode = badKey("postcode", country);
  return problems;
}

function missingRegion(country: string): string {
  return country === CHINA ? "addresses.region_missing" : "addresses.city_missing";
}

function badKey(field: "phone" | "postcode", country: string): string {
  return `addresses.${field}_bad${country === CHINA ? "" : "_abroad"}`;
}

/** What the server found, field by field, as keys of sentences or, for its general words, as sentences. */
export function refusedFields(error: unknown, country: string, say: (key: string) => string): Problems {
  if (!(error instanceof ApiError)) return {};
  const problems: Problems = {};
  for (const [path, codes] of Object.entries(error.fields)) {
    const field = FIELDS.find((name) => name === path.split(".")[0]);
    const code = field && firstCode(codes);
    if (!field || !code) continue;
    const general = code === "required" || code === "blank" || code === "max_length";
    if (!general && (field === "phone" || field === "postcode")) problems[field] = say(badKey(field, country));
    else if (!general && field === "region") problems[field] = say(missingRegion(country));
    else problems[field] = sentence(code);
  }
  return problems;
}

/** The first code word of a field, which for a list comes nested: `{"0": ["max_length"]}`. */
function firstCode(codes: unknown): string | undefined {
  if (typeof codes === "string") return codes;
  if (typeof codes !== "object" || codes === null) return undefined;
  for (const inner of Object.values(codes)) {
    const found = firstCode(inner);
    if (found) return found;
  }
  return undefined;
}

/** One line: in China as on a parcel, elsewhere from the street to the country. */
export function whereOf(address: BookAddress, locale: string): string {
  const { as_text: text, country, line, region, postcode } = address;
  if (country === CHINA) return `${text.region} ${text.line}`;
  const name = new Intl.DisplayNames([locale], { type: "region" }).of(country) ?? country;
  return [line, ...region, postcode, name].filter(Boolean).join(", ");
}

export const readBook = () => api.get("/api/addresses/");

/** Writes a new address, or changes `known`; a changed one becomes the default with a second request. */
export async function writeAddress(form: AddressForm, known: BookAddress | null): Promise<BookAddress> {
  const body = bodyOf(form);
  if (!known) return api.post("/api/addresses/", { body: { ...body, is_default: form.is_default } });
  const changed = await api.patch("/api/addresses/{address_id}/", { path: { address_id: known.id }, body });
  return form.is_default && !changed.is_default ? makeDefault(known.id) : changed;
}

export const makeDefault = (id: number) => api.post("/api/addresses/{address_id}/default/", {
  path: { address_id: id },
});
export const removeAddress = (id: number) => api.delete("/api/addresses/{address_id}/", { path: { address_id: id } });

/** The address to begin with: the one that was chosen, while it is still in the book, or else the default. */
export function chosenOf(book: readonly BookAddress[], id: number | null): BookAddress | null {
  return book.find((address) => address.id === id) ?? book.find(({ is_default }) => is_default) ?? book[0] ?? null;
}
