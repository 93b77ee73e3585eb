/** What the person has of the drops that run, and how far they are with what these ask for. The same on every page. */
import { shallowRef } from "vue";

import { call, type ClaimedCoupon, type DropProgress, type DropSnapshot, type DropState } from "@/shared/realtime";
import { session } from "@/shared/session";

import { onPurchase } from "../checkout/purchases";

export interface OwnPart {
  person: number | null;
  mine: ClaimedCoupon | null;
  progress: DropProgress[];
  /** When the progress was read, in ms of the server's clock. */
  readAt: number;
}

const parts = shallowRef<Record<number, OwnPart>>({});

export function ownPart(drop: number): OwnPart | undefined {
  const part = parts.value[drop];
  return part?.person === (session.user.value?.id ?? null) ? part : undefined;
}

function note(drop: number, change: Partial<OwnPart>): void {
  const person = session.user.value?.id ?? null;
  const known = ownPart(drop) ?? { person, mine: null, progress: [], readAt: 0 };
  parts.value = { ...parts.value, [drop]: { ...known, ...change } };
}

export function noteSnapshot({ drop, mine, progress }: DropSnapshot, at: number): void {
  note(drop.id, { mine: mine ?? ownPart(drop.id)?.mine ?? null, progress, readAt: at });
}

/** Asks for a coupon of the drop; answers as the how manieth it was claimed. */
export async function claimCoupon(drop: DropState, key: string): Promise<number> {
  const { grant, position, usable_until } = await call("drop.claim", { drop: drop.id, key });
  note(drop.id, { mine: { grant: { id: grant, coupon: drop.coupon, state: "usable", usable_until }, position } });
  return position;
}

/** On another device of the person, it was claimed. */
export function watchGrants(): () => void {
  return onPurchase((event) => {
    if (event.type !== "coupon.granted" || event.drop === null || event.position === null) return;
    note(event.drop, { mine: { grant: event.grant, position: event.position } });
  });
}
