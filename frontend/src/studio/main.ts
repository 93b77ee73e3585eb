import { createApp } from "vue";

import "@/shared/tokens.css";
import "./studio.css";
import { createI18nFor } from "@/shared/i18n";
import { session } from "@/shared/session";

import App from "./App.vue";
import { router } from "./router";

// Asked at once, needed by the first page: the answer travels while the messages load.
session.start().catch(() => undefined);

const i18n = await createI18nFor({
  "zh-CN": () => import("./locales/zh-CN"),
  en: () => import("./locales/en"),
});
createApp(App).use(i18n).use(router).mount("#app");
