import { onBeforeUnmount, watch, type Ref } from "vue";

/** Calls `reached` whenever the element comes near the screen: the end of a list that goes on. */
export function useEnd(element: Readonly<Ref<HTMLElement | null>>, reached: () => void): void {
  const observer = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) reached();
  }, { rootMargin: "600px" });
  watch(element, (now, before) => {
    if (before) observer.unobserve(before);
    if (now) observer.observe(now);
  }, { immediate: true });
  onBeforeUnmount(() => { observer.disconnect(); });
}
