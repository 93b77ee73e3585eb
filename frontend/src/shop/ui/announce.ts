import { ref } from "vue";

/** What the page's one live region says. */
export const spoken = ref("");

/** Says a sentence to screen readers, also when it is the same as before. */
export function announce(text: string): void {
  spoken.value = "";
  setTimeout(() => { spoken.value = text; }, 50);
}
