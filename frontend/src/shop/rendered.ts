/** For tests: a component as it is drawn first, in a language, without a browser. */
import { vi } from "vitest";
import { createSSRApp, type Component } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";
import { renderToString } from "vue/server-renderer";

import { createI18nFor, type Locale } from "@/shared/i18n";
// Loaded here, so that no test waits for them.
import "@/shared/i18n/locales/en";
import "@/shared/i18n/locales/zh-CN";

import en from "./locales/en";
import zh from "./locales/zh-CN";

const Nothing = { render: () => null };

/** The HTML of it. */
export async function rendered(component: Component, props: object, locale: Locale = "en"): Promise<string> {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("location", { origin: "https://souk.example" });
  vi.stubGlobal("navigator", { languages: [locale] });
  const i18n = await createI18nFor({
    "zh-CN": () => Promise.resolve({ default: zh }),
    en: () => Promise.resolve({ default: en }),
  });
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/:all(.*)", component: Nothing }] });
  return renderToString(createSSRApp(component, { ...props }).use(i18n).use(router));
}

/** What a person reads of HTML. */
export function wordsOf(html: string): string {
  return html.replace(/<!--.*?-->/g, "").replace(/<[^>]+>/g, " ").replace(/\s+/g, " ").trim();
}
