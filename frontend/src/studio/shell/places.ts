/** Where the studio's side bar leads. A place is a route of the same name; its text is `places.<name>`. */
import type { User } from "@/shared/api";

import type { IconName } from "../ui/Icon.vue";

interface Place {
  name: string;
  icon: IconName;
  /** For those who have one of these roles; for everyone where there are none. */
  roles?: readonly User["roles"][number][];
}

export const PLACES: Place[] = [
  { name: "shows", icon: "calendar", roles: ["host", "staff"] },
  { name: "desk", icon: "eye", roles: ["moderator", "staff"] },
  { name: "orders", icon: "list", roles: ["staff"] },
  { name: "to-ship", icon: "send", roles: ["staff"] },
  { name: "cases", icon: "refresh", roles: ["staff"] },
  { name: "reviews", icon: "heart", roles: ["staff"] },
  { name: "goods", icon: "ticket", roles: ["staff"] },
  { name: "stock", icon: "bag", roles: ["staff"] },
  { name: "freight", icon: "globe", roles: ["staff"] },
  { name: "promotions", icon: "coin", roles: ["staff"] },
  { name: "stuck", icon: "alert", roles: ["staff"] },
  { name: "reconciliation", icon: "check", roles: ["staff"] },
];

/** The role that somebody who has these `roles` needs for a page and does not have, or null. */
export function roleMissing(name: unknown, own: readonly string[]): string | null {
  const { roles = [] } = PLACES.find((place) => place.name === name) ?? {};
  return roles.some((role) => own.includes(role)) ? null : (roles[0] ?? null);
}
