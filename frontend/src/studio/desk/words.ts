/** Ages, scopes and names in the reader's language. */
import type { ModerationCase, Place } from "@/shared/api";
import { durationText } from "@/shared/durations";
import { hasTranslation, translate } from "@/shared/i18n";

export function ageText(at: number, now: number): string {
  return durationText(Math.max(1, Math.round((now - at) / 1000)));
}

/** Somebody's own page at the desk. */
export const placeOf = (person: number) => ({ name: "desk", query: { tab: "sanctions", person } });

export const SITE: Place = { scope: "site", place: "" };
/** Whatever place, in a filter. */
export const EVERYWHERE: Place = { scope: "", place: "" };

export function scopeText(scope: string, place: string): string {
  const kind = scope.split(":", 1)[0] ?? "site";
  return place ? `${translate(`desk.scope.${kind}`)} · ${place}` : translate(`desk.scope.${kind}`);
}

/** What is only known by its address, as `group:4` is. */
export function thingText(target: string): string {
  const [kind = "", id] = target.split(":");
  const key = [`desk.kind.${kind}`, `desk.scope.${kind}`].find(hasTranslation);
  if (!key) return target;
  return id ? `${translate(key)} #${id}` : translate(key);
}

/** What a case is about: a group by its own name, everything else by whoever answers for it. */
export function nameOf(one: ModerationCase): string {
  return (one.kind === "group" ? one.copy.title : one.subject?.display_name ?? one.copy.title) ?? one.target;
}
