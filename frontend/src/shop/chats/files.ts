/** What is sent beside a text. */
import { addressOf } from "@/shared/api";
import { currentLocale } from "@/shared/i18n";

const UNITS = ["byte", "kilobyte", "megabyte"] as const;

/** "12 kB", "3.4 MB" in the reader's language. */
export function sizeText(bytes: number): string {
  const step = bytes >= 1e6 ? 2 : bytes >= 1e3 ? 1 : 0;
  const format = { style: "unit", unit: UNITS[step], unitDisplay: "short", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(currentLocale(), format).format(bytes / 1000 ** step);
}

/** Leads to a link that lasts some minutes, for whoever may read the message. */
export function contentOf(upload: string): string {
  return addressOf("/api/uploads/{code}/content", { path: { code: upload } });
}
