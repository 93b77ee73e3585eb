/** What the pages of a seller share. */
import { onBeforeUnmount, ref, watch, type Ref } from "vue";

import type { Pages } from "@/shared/api";

import { report } from "../errors";
import { notify } from "../ui/toasts";

/** Runs one thing at a time, says how it went, and tells whether it worked. */
export function useAct(): {
  busy: Ref<boolean>;
  act: (work: () => Promise<unknown>, done: string) => Promise<boolean>;
} {
  const busy = ref(false);
  return {
    busy,
    act: async (work, done) => {
      if (busy.value) return false;
      busy.value = true;
      try {
        await work();
        notify(done);
        return true;
      } catch (error) {
        report(error);
        return false;
      } finally {
        busy.value = false;
      }
    },
  };
}

const TYPING_MS = 300;

/** Loads a list, and again whenever it is asked for something else: once somebody who types pauses. */
export function useAsked(asked: () => object, pages: Pick<Pages<unknown>, "settled" | "refresh">): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(asked, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void pages.refresh(), pages.settled.value ? TYPING_MS : 0);
  }, { immediate: true });
  onBeforeUnmount(() => { clearTimeout(timer); });
}
