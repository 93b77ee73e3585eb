import { createApp } from "vue";

import "@/shared/tokens.css";
import "./shop.css";
import { createI18nFor } from "@/shared/i18n";
import { session } from "@/shared/session";

import App from "./App.vue";
import { router } from "./router";

// After a new version is deployed, an open page asks for parts that are gone: it is loaded anew, at most once a minute.
window.addEventListener("vite:preloadError", (event) => {
  const last = Number(history.state?.reloaded ?? 0);
  if (Date.now() - last < 60_000) return;
  event.preventDefault();
  history.replaceState({ ...history.state, reloaded: Date.now() }, "");
  location.reload();
});

// Asked at once, needed later: pages draw without waiting for it.
session.start().catch(() => undefined);

const i18n = await createI18nFor({
  "zh-CN": () => import("./locales/zh-CN"),
  en: () => import("./locales/en"),
});
createApp(App).use(i18n).use(router).mount("#app");
