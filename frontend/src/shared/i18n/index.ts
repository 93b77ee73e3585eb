/** Two languages, one loaded at a time; each entry brings its own messages beside the shared ones. */
import { computed, type App, type WritableComputedRef } from "vue";
import { createI18n } from "vue-i18n";

export const LOCALES = ["zh-CN", "en"] as const;
export type Locale = (typeof LOCALES)[number];
export type Translated = { zh: string; en: string };

type Messages = Record<string, unknown>;
type Loader = () => Promise<{ default: Messages }>;
type Loaders = Record<Locale, Loader>;

const STORAGE_KEY = "souk.locale";
const SHARED: Loaders = {
  "zh-CN": () => import("./locales/zh-CN"),
  en: () => import("./locales/en"),
};

/** What is used of vue-i18n's instance: its own type cannot be written down for messages that load later. */
interface Instance {
  install(app: App): void;
  global: {
    locale: { value: string };
    availableLocales: string[];
    setLocaleMessage(locale: string, messages: Messages): void;
    t(key: string, values: Record<string, unknown>): string;
    te(key: string): boolean;
  };
}

let instance: Instance | undefined;
let entry: Loaders | undefined;
const afterChange = new Set<(locale: Locale) => void>();

export function preferredLocale(stored: string | null, languages: readonly string[]): Locale {
  if (stored === "zh-CN" || stored === "en") return stored;
  for (const language of languages) {
    if (/^zh\b/i.test(language)) return "zh-CN";
    if (/^en\b/i.test(language)) return "en";
  }
  return "en";
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

async function load(locale: Locale): Promise<void> {
  if (!instance || !entry || instance.global.availableLocales.includes(locale)) return;
  const [shared, own] = await Promise.all([SHARED[locale](), entry[locale]()]);
  instance.global.setLocaleMessage(locale, { ...shared.default, ...own.default });
}

export async function createI18nFor(messages: Loaders): Promise<Instance> {
  const locale = preferredLocale(stored(), navigator.languages);
  entry = messages;
  const options = { legacy: false, locale, missingWarn: false, fallbackWarn: false, messages: {} } as const;
  instance = createI18n(options) as unknown as Instance;
  await load(locale);
  document.documentElement.lang = locale;
  return instance;
}

export async function setLocale(locale: Locale): Promise<void> {
  await load(locale);
  if (instance) instance.global.locale.value = locale;
  document.documentElement.lang = locale;
  for (const react of afterChange) react(locale);
  try {
    localStorage.setItem(STORAGE_KEY, locale);
  } catch {
    // Private browsing: the choice lasts for this page only.
  }
}

/** Calls `react` now and after every change, for libraries that have a language of their own. */
export function followLocale(react: (locale: Locale) => void): void {
  afterChange.add(react);
  react(currentLocale());
}

export function currentLocale(): Locale {
  return instance?.global.locale.value === "en" ? "en" : "zh-CN";
}

export function useLocale(): WritableComputedRef<Locale> {
  return computed({ get: currentLocale, set: (locale) => void setLocale(locale) });
}

/** The text of the chosen language; falls back to the other one where a text is missing. */
export function pick(text: Translated | null | undefined): string {
  if (!text) return "";
  return currentLocale() === "en" ? text.en || text.zh : text.zh || text.en;
}

export function translate(key: string, values: Record<string, unknown> = {}): string {
  return instance ? instance.global.t(key, values) : key;
}

export function hasTranslation(key: string): boolean {
  return instance?.global.te(key) ?? false;
}
