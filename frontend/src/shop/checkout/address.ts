/** Where things are sent: checked here for form, kept on this device for the next time. */
import type { Address } from "@/shared/api";

const STORAGE_KEY = "souk.address";

export const EMPTY: Address = { name: "", phone: "", region: "", line: "" };

/** Field → key of the sentence that tells what is missing. Empty when the address can be used. */
export function addressProblems(address: Address): Partial<Record<keyof Address, string>> {
  const problems: Partial<Record<keyof Address, string>> = {};
  if (!address.name.trim()) problems.name = "address.name_missing";
  const phone = address.phone.replace(/[\s()-]/g, "");
  if (!phone) problems.phone = "address.phone_missing";
  else if (!/^\+?\d{6,15}$/.test(phone)) problems.phone = "address.phone_bad";
  if (!address.region.trim()) problems.region = "address.region_missing";
  if (!address.line.trim()) problems.line = "address.line_missing";
  return problems;
}

export function cleanAddress({ name, phone, region, line }: Address): Address {
  return { name: name.trim(), phone: phone.trim(), region: region.trim(), line: line.trim() };
}

export function savedAddress(): Address {
  try {
    const saved = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") as Partial<Record<keyof Address, unknown>>;
    const text = (value: unknown) => (typeof value === "string" ? value : "");
    return { name: text(saved.name), phone: text(saved.phone), region: text(saved.region), line: text(saved.line) };
  } catch {
    return { ...EMPTY };
  }
}

export function saveAddress(address: Address): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(address));
  } catch {
    // Private browsing: it has to be typed again.
  }
}

export function forgetAddress(): void {
  try {
    localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Nothing was kept.
  }
}
