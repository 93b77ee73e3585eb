import "vant/es/dialog/style";
import { showConfirmDialog, type DialogOptions } from "vant/es/dialog";

interface Question {
  title: string;
  message?: string;
  /** What the buttons say. */
  yes: string;
  no: string;
  /** What is lost is lost. */
  isFinal?: boolean;
}

/** Whether somebody means it. The focus goes back to where it was, so that keys go on from there. */
export async function confirmed({ title, message = "", yes, no, isFinal = false }: Question): Promise<boolean> {
  const asking = document.activeElement;
  // By itself the dialog gives its title for the id of what names it.
  const named = { "aria-label": title, "aria-labelledby": null } as DialogOptions;
  try {
    await showConfirmDialog({
      ...named,
      title,
      message,
      confirmButtonText: yes,
      confirmButtonColor: isFinal ? "var(--live-ink)" : "",
      cancelButtonText: no,
    });
    return true;
  } catch {
    return false;
  } finally {
    if (asking instanceof HTMLElement && asking.isConnected) asking.focus({ preventScroll: true });
  }
}
