/** Where the studio's side bar leads. A place is a route of the same name; its text is `places.<name>`. */
import type { IconName } from "../ui/Icon.vue";

export const PLACES: { name: string; icon: IconName }[] = [
  { name: "shows", icon: "calendar" },
];
