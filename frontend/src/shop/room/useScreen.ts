/** Tells the server whether the room is on screen: minutes in the background are not watched. */
import { onScopeDispose, watch, type Ref } from "vue";

import { codeOf } from "@/shared/api";
import { call } from "@/shared/realtime";
import { session } from "@/shared/session";

// Who only looks something up and comes back is not away.
const AFTER_MS = 800;
const AGAIN_MS = 5_000;

/** A picture in the picture is on screen while the page is not. */
export const isOnScreen = (): boolean => !document.hidden || document.pictureInPictureElement != null;

/** `entered` changes with every time the room is entered: a new connection is taken to be on screen. `back` is called
 *  when the room comes to the front again. */
export function useScreen(showId: number, entered: Ref<number>, back: () => void): void {
  let told = true;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function tell(): Promise<void> {
    timer = undefined;
    const visible = isOnScreen();
    if (visible === told || !session.user.value) return;
    try {
      await call("watch.note", { show: showId, visible });
      told = visible;
      if (visible) back();
    } catch (error) {
      if (codeOf(error) === "too_fast") soon(AGAIN_MS);
    }
  }

  function soon(ms = AFTER_MS): void {
    clearTimeout(timer);
    timer = setTimeout(() => void tell(), ms);
  }

  const changed = (): void => { soon(); };
  watch(entered, () => {
    told = true;
    if (!isOnScreen()) soon(0);
  });
  document.addEventListener("visibilitychange", changed);
  document.addEventListener("enterpictureinpicture", changed, true);
  document.addEventListener("leavepictureinpicture", changed, true);
  onScopeDispose(() => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", changed);
    document.removeEventListener("enterpictureinpicture", changed, true);
    document.removeEventListener("leavepictureinpicture", changed, true);
  });
}
