import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from "vue";

import { useNow } from "./clock";

/** `mm:ss`, or `h:mm:ss` from an hour on; rounded up, so that 00:00 means over. */
export function clockText(ms: number): string {
  const secs = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => `${value}`.padStart(2, "0");
  const hours = Math.floor(secs / 3600);
  const rest = `${two(Math.floor((secs % 3600) / 60))}:${two(secs % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

const ANNOUNCED_SECS = [60, 30, 10];

/** The mark (60, 30 or 10) that a countdown has just gone under, to be said to screen readers; else null. */
export function announcedSecs(beforeMs: number, afterMs: number): number | null {
  return ANNOUNCED_SECS.find((secs) => beforeMs > secs * 1000 && afterMs <= secs * 1000 && afterMs > 0) ?? null;
}

export interface Countdown {
  remaining: ComputedRef<number>;
  text: ComputedRef<string>;
  urgent: ComputedRef<boolean>;
  over: ComputedRef<boolean>;
}

/** Counts down to `end` (ms of the server's clock). */
export function useCountdown(end: MaybeRefOrGetter<number | null | undefined>): Countdown {
  const now = useNow();
  const remaining = computed(() => Math.max(0, (toValue(end) ?? now.value) - now.value));
  return {
    remaining,
    text: computed(() => clockText(remaining.value)),
    urgent: computed(() => remaining.value > 0 && remaining.value <= 10_000),
    over: computed(() => remaining.value <= 0),
  };
}
