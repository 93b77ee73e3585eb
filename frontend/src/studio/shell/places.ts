/** Where the studio's side bar leads. A place is a route of the same name; its text is `places.<name>`. */
import type { IconName } from "../ui/Icon.vue";

interface Place {
  name: string;
  icon: IconName;
  /** For those who run the shop, not for every host. */
  staff?: boolean;
}

export const PLACES: Place[] = [
  { name: "shows", icon: "calendar" },
  { name: "to-ship", icon: "send", staff: true },
  { name: "cases", icon: "refresh", staff: true },
  { name: "reviews", icon: "heart", staff: true },
  { name: "stock", icon: "bag", staff: true },
  { name: "promotions", icon: "coin", staff: true },
  { name: "reconciliation", icon: "check", staff: true },
];
