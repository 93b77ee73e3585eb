import { createApp } from "vue";

import "@/shared/tokens.css";
import { createI18nFor } from "@/shared/i18n";

import App from "./App.vue";

const i18n = await createI18nFor({
  "zh-CN": () => import("./locales/zh-CN.json"),
  en: () => import("./locales/en.json"),
});
createApp(App).use(i18n).mount("#app");
