/** Where in a message the words stand that were searched for. Pure. */
export interface Part {
  text: string;
  isMatch: boolean;
}

/** So much stands before the first word that was found. */
const BEFORE = 24;
const LONGEST = 200;
// Firefox has had it since 2024.
const letters = "Segmenter" in Intl ? new Intl.Segmenter() : null;

/** `at`, or where the letter begins that it would cut: an emoji takes several places, one joined of others many. */
function edgeOf(text: string, at: number): number {
  return letters?.segment(text).containing(at)?.index ?? at;
}

/** The text around the first match, cut into what was searched for and what was not. */
export function excerptOf(text: string, query: string): Part[] {
  const words = query.split(/\s+/).filter(Boolean).sort((one, other) => other.length - one.length);
  const escaped = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const matches = words.length ? [...text.matchAll(new RegExp(escaped.join("|"), "giu"))] : [];
  const first = matches[0]?.index ?? 0;
  const from = first > BEFORE * 2 ? edgeOf(text, first - BEFORE) : 0;
  const to = edgeOf(text, Math.min(text.length, from + LONGEST));
  const parts: Part[] = [];
  const add = (words: string, isMatch: boolean) => { if (words) parts.push({ text: words, isMatch }); };
  let at = from;
  add(from ? "…" : "", false);
  for (const match of matches) {
    const end = match.index + match[0].length;
    if (end > to) break;
    add(text.slice(at, match.index), false);
    add(match[0], true);
    at = end;
  }
  add(text.slice(at, to), false);
  add(to < text.length ? "…" : "", false);
  return parts;
}
