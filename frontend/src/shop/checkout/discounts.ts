/** What made a price: the same discount over several lines is one row. */
import type { Line, Money } from "@/shared/api";

export interface DiscountRow {
  key: string;
  name: { zh: string; en: string };
  amount: Money;
}

/** In the order in which the price pipeline took them. */
export function discountRows(lines: readonly Pick<Line, "discounts" | "total">[]): DiscountRow[] {
  const rows = new Map<string, DiscountRow>();
  for (const line of lines) {
    for (const { key, name, amount } of line.discounts) {
      const row = rows.get(key) ?? { key, name, amount: { amount: 0, currency: line.total.currency } };
      rows.set(key, { ...row, amount: { ...row.amount, amount: row.amount.amount + amount } });
    }
  }
  return [...rows.values()];
}

/** Units of SKUs out of an address: "12x1,15x3"; what cannot be read, or comes twice, is left out. */
export function linesOf(query: unknown): { sku: number; quantity: number }[] {
  const text = typeof query === "string" ? query : "";
  const lines = text.split(",").flatMap((part) => {
    const match = /^([1-9]\d{0,15})x([1-9]\d?)$/.exec(part);
    return match ? [{ sku: Number(match[1]), quantity: Number(match[2]) }] : [];
  });
  return lines.filter(({ sku }, at) => lines.findIndex((line) => line.sku === sku) === at);
}
