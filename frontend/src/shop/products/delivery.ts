/** When something arrives, in words. */
import type { Delivery } from "@/shared/api";
import { translate } from "@/shared/i18n";

import { day } from "../ui/times";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** From the day it could come at the earliest to the one on which it has come, when it is ordered now. In ms. */
export function arrivalOf({ ships_within_hours: hours, days }: Delivery, now: number): [from: number, to: number] {
  return [now + days.min * DAY_MS, now + hours * HOUR_MS + days.max * DAY_MS];
}

export function arrivalText(delivery: Delivery, now = Date.now()): string {
  const [from, to] = arrivalOf(delivery, now).map((at) => day(at, true));
  return from === to
    ? translate("product.delivery.arrives_on", { from })
    : translate("product.delivery.arrives", { from, to });
}
