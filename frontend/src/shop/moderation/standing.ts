/** What the person is held to, in words. */
import { translate } from "@/shared/i18n";
import type { Sanction } from "@/shared/realtime";

import { dayTime } from "../ui/times";

/** What is to be reported (`message:7`, `user:3`, `group:9`), and what is seen of it; `invite`: by its code. */
export interface Reported {
  target: string;
  text: string;
  invite?: string;
}

/** Of each the latest version, the latest sanction first. */
export function latestSanctions<T extends Sanction>(...lists: readonly (readonly T[])[]): T[] {
  const byId = new Map<number, T>();
  for (const one of lists.flat()) {
    if ((byId.get(one.id)?.version ?? -1) <= one.version) byId.set(one.id, one);
  }
  return [...byId.values()].sort((one, other) => other.id - one.id);
}

export function kindText(sanction: Sanction): string {
  return translate(`moderation.kind.${sanction.kind}`);
}

export function whyText(sanction: Sanction): string {
  if (sanction.rule) return translate("standing.rule", { rule: sanction.rule });
  return translate("standing.reason", { reason: translate(`moderation.reason.${sanction.reason}`) });
}

export function lengthText(sanction: Sanction, now: number): string {
  if (sanction.lifted_at !== null) return translate("standing.lifted");
  if (sanction.expires_at === null) return translate("standing.for_good");
  if (sanction.expires_at <= now) return translate("standing.over");
  return translate("standing.until", { at: dayTime(sanction.expires_at) });
}
