/** Whom a text calls by `@name`. Pure. */
import type { Mention } from "@/shared/realtime";

/** `user` null: everybody. */
export interface Callable {
  user: number | null;
  name: string;
}

/** So many the server takes. */
const MOST = 50;
// What stands before an @ within an address of e-mail.
const WITHIN = /[\w.+-]/;
const BEGUN = /@([^\s@]{0,40})$/u;

/** The name that is being written at the caret: where its @ stands, and how it begins. */
export function begunAt(text: string, caret: number): { start: number; begun: string } | null {
  const found = BEGUN.exec(text.slice(0, caret));
  if (!found || WITHIN.test(text[found.index - 1] ?? "")) return null;
  return { start: found.index, begun: found[1] ?? "" };
}

/** Where the text calls one of these people, in its order: at each @, the longest name that stands there whole. */
export function mentionsIn(text: string, people: readonly Callable[]): Mention[] {
  const longestFirst = people.filter(({ name }) => name).sort((one, other) => other.name.length - one.name.length);
  const found: Mention[] = [];
  for (let start = text.indexOf("@"); start >= 0; start = text.indexOf("@", start + 1)) {
    if (WITHIN.test(text[start - 1] ?? "")) continue;
    const called = longestFirst.find(({ name }) => text.startsWith(name, start + 1) && isWhole(text, start, name));
    if (called) found.push({ user: called.user, start, length: called.name.length + 1 });
  }
  return found.slice(0, MOST);
}

/** A name in Latin letters ends where its word ends; behind one in Chinese the sentence may go on. */
function isWhole(text: string, start: number, name: string): boolean {
  return !/\w$/.test(name) || !/\w/.test(text[start + 1 + name.length] ?? "");
}

/** Whom a message calls, as it names them. */
export function calledBy(text: string, mentions: readonly Mention[]): Callable[] {
  return mentions.map(({ user, start, length }) => ({ user, name: text.slice(start + 1, start + length) }));
}
