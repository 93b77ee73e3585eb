/** The server's clock as this page knows it, and one ticking "now" for everything that counts down. */
import { onScopeDispose, ref, type Ref } from "vue";

const steady = () => performance.timeOrigin + performance.now();

let offset: number | null = null;

/** The server stamped `at` before it arrived here, so the largest difference seen is the closest to the truth. */
export function noteServerTime(at: number): void {
  const seen = at - steady();
  if (offset === null || seen > offset) offset = seen;
}

export function serverNow(): number {
  return steady() + (offset ?? Date.now() - steady());
}

const now = ref(0);
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  now.value = serverNow();
}

/** The server's time in ms, moving four times a second while someone looks at it. */
export function useNow(): Readonly<Ref<number>> {
  if (users++ === 0) {
    tick();
    timer = setInterval(tick, 250);
  }
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer);
  });
  return now;
}
