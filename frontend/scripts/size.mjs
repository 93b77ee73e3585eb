// Initial JavaScript of each entry after gzip: the entry and everything it imports statically.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url).pathname;
const BUDGET_KB = { "shop.html": 150 };
const manifest = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8"));
let over = false;

function initial(key, seen = new Set()) {
  if (!seen.has(key)) {
    seen.add(key);
    for (const imported of manifest[key].imports ?? []) initial(imported, seen);
  }
  return seen;
}

for (const entry of ["shop.html", "studio.html"]) {
  const files = [...initial(entry)].map((key) => manifest[key].file).filter((file) => file.endsWith(".js"));
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0);
  const budget = BUDGET_KB[entry];
  over ||= budget !== undefined && bytes > budget * 1024;
  console.log(`${entry}: ${(bytes / 1024).toFixed(1)} KB gzip${budget ? ` of ${budget}` : ""}`);
}
process.exit(over ? 1 : 0);
