/** The regions of China, level by level; each level is asked for once. */
import { api, type Region } from "@/shared/api";

const levels = new Map<string, Promise<Region[]>>();

/** The regions right under one; the provinces for "". */
export function childrenOf(code: string): Promise<Region[]> {
  let found = levels.get(code);
  if (!found) {
    found = api.get("/api/regions/", { query: { parent: code || undefined } });
    found.catch(() => levels.delete(code));
    levels.set(code, found);
  }
  return found;
}

/** A level to choose from. */
export interface Level {
  options: Region[];
  chosen: string;
}

/**
 * The levels for names that were chosen so far, as deep as they are known. Where there is one way only, as from a
 * municipality to its one "city", it is taken.
 */
export async function levelsFor(names: readonly string[], read = childrenOf): Promise<Level[]> {
  const found: Level[] = [];
  let parent = "";
  for (let depth = 0; depth < 3; depth += 1) {
    const options = await read(parent);
    const only = depth > 0 && options.length === 1 ? options[0] : undefined;
    const region = options.find(({ name }) => name === names[depth]) ?? only;
    found.push({ options, chosen: region?.name ?? "" });
    if (!region?.has_children) break;
    parent = region.code;
  }
  return found;
}
