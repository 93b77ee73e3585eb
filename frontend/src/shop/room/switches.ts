import { ref, watch, type Ref } from "vue";

export interface DanmakuSwitch {
  on: Ref<boolean>;
  /** False where the system asks for less motion: there is nothing to switch. */
  possible: boolean;
}

const STORAGE_KEY = "souk.danmaku";

/** On unless it was switched off here. */
export function useDanmakuSwitch(): DanmakuSwitch {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORAGE_KEY);
  } catch {
    // The default, then.
  }
  const on = ref(!still && stored !== "off");
  watch(on, (value) => {
    try {
      localStorage.setItem(STORAGE_KEY, value ? "on" : "off");
    } catch {
      // For this page only.
    }
  });
  return { on, possible: !still };
}
