import { createApp } from "vue";

import "@/shared/tokens.css";
import "./shop.css";
import { createI18nFor } from "@/shared/i18n";
import { session } from "@/shared/session";

import App from "./App.vue";
import { router } from "./router";

// Asked at once, needed later: pages draw without waiting for it.
session.start().catch(() => undefined);

const i18n = await createI18nFor({
  "zh-CN": () => import("./locales/zh-CN.json"),
  en: () => import("./locales/en.json"),
});
createApp(App).use(i18n).use(router).mount("#app");
