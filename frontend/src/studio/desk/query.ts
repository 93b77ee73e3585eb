/** `?` and what is given of the names, the empty left out. */
export function queryText(given: Record<string, string | number | null | undefined>): string {
  const kept = Object.entries(given).flatMap(([name, value]) => (value ? [[name, String(value)]] : []));
  return `?${new URLSearchParams(kept)}`;
}
