import { useRoute, useRouter } from "vue-router";

/** Where one goes after logging in: back to what was asked for, never off this site. */
export function useNext(): { go: () => void; query: () => Record<string, string> } {
  const route = useRoute();
  const router = useRouter();
  const asked = () => (typeof route.query.next === "string" ? route.query.next : "");
  const isOwn = (path: string) => path.startsWith("/") && !path.startsWith("//") && !path.includes("\\");
  return {
    go: () => {
      const path = asked();
      // The studio is a page of its own.
      if (isOwn(path) && /^\/studio(\/|$)/.test(path)) location.assign(path);
      else void router.replace(isOwn(path) ? path : "/");
    },
    query: (): Record<string, string> => (asked() ? { next: asked() } : {}),
  };
}
