// Both languages have the same keys and placeholders; no key is unused, none is missing.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const SRC = new URL("../src/", import.meta.url).pathname;
const AREAS = {
  shared: { locales: "shared/i18n/locales", sees: ["shared"] },
  shop: { locales: "shop/locales", sees: ["shared", "shop"] },
  studio: { locales: "studio/locales", sees: ["shared", "studio"] },
};
const LOCALES = ["zh-CN", "en"];
const problems = [];

function flatten(node, prefix = "") {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value]] : flatten(value, `${prefix}${key}.`),
  );
}

function sources(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.(ts|vue)$/.test(name) && !/\.test\.ts$/.test(name) ? [path] : [];
  });
}

/** The texts of an area in one language: a file each, named as its first key. */
function textsOf(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Map(files.flatMap((name) => {
    const texts = JSON.parse(readFileSync(join(folder, name), "utf8"));
    return flatten(texts, `${name.slice(0, -".json".length)}.`);
  }));
}

const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();
const keysOf = {};
const used = { literals: new Set(), prefixes: new Set() };

for (const [area, { locales }] of Object.entries(AREAS)) {
  const [first, second] = LOCALES.map((locale) => textsOf(join(SRC, locales, locale)));
  keysOf[area] = new Set(first.keys());
  for (const key of first.keys()) if (!second.has(key)) problems.push(`${area}: ${key} is missing in ${LOCALES[1]}`);
  for (const key of second.keys()) if (!first.has(key)) problems.push(`${area}: ${key} is missing in ${LOCALES[0]}`);
  for (const [key, text] of first) {
    if (!text.trim() || !(second.get(key) ?? "x").trim()) problems.push(`${area}: ${key} is empty`);
    if (second.has(key) && placeholders(text) !== placeholders(second.get(key))) {
      problems.push(`${area}: ${key} has other placeholders in ${LOCALES[1]}`);
    }
  }
}

for (const [area, { sees }] of Object.entries(AREAS)) {
  const known = new Set(sees.flatMap((seen) => [...keysOf[seen]]));
  for (const file of sources(join(SRC, area))) {
    const text = readFileSync(file, "utf8");
    for (const [, key] of text.matchAll(/["'`]([A-Za-z]\w*(?:\.\w+)+)["'`]/g)) used.literals.add(key);
    for (const [, prefix] of text.matchAll(/`([A-Za-z]\w*(?:\.\w+)*\.)\$\{/g)) used.prefixes.add(prefix);
    const asked = /(?:\bt|\btranslate)\(\s*["'`]([\w.]+)["'`]|keypath="([\w.]+)"/g;
    for (const match of text.matchAll(asked)) {
      const key = match[1] ?? match[2];
      if (!known.has(key)) problems.push(`${file.slice(SRC.length)}: ${key} has no text`);
    }
  }
}

for (const [area, keys] of Object.entries(keysOf)) {
  for (const key of keys) {
    const dynamic = [...used.prefixes].some((prefix) => key.startsWith(prefix));
    if (!used.literals.has(key) && !dynamic) problems.push(`${area}: ${key} is not used`);
  }
}

if (problems.length) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`locales: ${Object.values(keysOf).reduce((sum, keys) => sum + keys.size, 0)} keys, all in both languages`);
