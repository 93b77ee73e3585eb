import { onBeforeUnmount, onMounted, ref, type Ref } from "vue";

/** Pixels that a screen keyboard covers at the bottom of the page, where the browser does not shrink it by itself. */
export function useKeyboardInset(): Readonly<Ref<number>> {
  const inset = ref(0);
  const seen = window.visualViewport;
  const measure = () => {
    const covered = seen?.scale === 1 ? window.innerHeight - seen.height - seen.offsetTop : 0;
    inset.value = Math.max(0, Math.round(covered));
  };
  onMounted(() => {
    seen?.addEventListener("resize", measure);
    seen?.addEventListener("scroll", measure);
  });
  onBeforeUnmount(() => {
    seen?.removeEventListener("resize", measure);
    seen?.removeEventListener("scroll", measure);
  });
  return inset;
}
