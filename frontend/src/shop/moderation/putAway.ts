/** Warnings that the person has read and put away, on this device. */
import { shallowRef } from "vue";

import type { Sanction } from "@/shared/realtime";
import { onUserChange } from "@/shared/session";

const MOST_KEPT = 50;
const storageKey = (user: number) => `souk.warnings.${user}`;

const away = shallowRef<readonly string[]>([]);
let person: number | null = null;

/** What becomes of it, such as of an appeal, is news again. */
const nameOf = ({ id, version }: Sanction) => `${id}/${version}`;

function stored(user: number): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(storageKey(user)) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

onUserChange((user) => {
  person = user?.id ?? null;
  away.value = person === null ? [] : stored(person);
});

/** Of what holds, only a warning may: whatever else there is explains why one cannot write. */
export const mayPutAway = ({ kind }: Sanction): boolean => kind === "warning";

export const isAway = (sanction: Sanction): boolean => mayPutAway(sanction) && away.value.includes(nameOf(sanction));

export function putAway(sanction: Sanction): void {
  away.value = [...away.value, nameOf(sanction)].slice(-MOST_KEPT);
  if (person === null) return;
  try {
    localStorage.setItem(storageKey(person), JSON.stringify(away.value));
  } catch {
    // Until the page is loaded again, then.
  }
}
