/** The links in a text that a person wrote. Pure. */
export interface Piece {
  text: string;
  /** Where it leads; `inside`: the path of a page of this shop. */
  href?: string;
  inside?: string;
  /** Somebody who is called. */
  isMention?: boolean;
}

/** Of links to elsewhere: the page there learns nothing, and search engines take it for no praise. */
export const OUTSIDE = "noopener noreferrer nofollow ugc";

const LIKELY = /https?:\/\/[^\s<>"'`{}|\\^　-〿＀-￯一-鿿]+/giu;
const TRAILING = /[.,:;!?…)\]}]+$/;

/** The text as a link, or without `href` where it is none that one may follow. */
export function linked(text: string, origin: string): Piece {
  try {
    const url = new URL(text);
    // Whoever reads "https://bank@evil.example" does not see where it leads.
    if (!/^https?:$/.test(url.protocol) || url.username || url.password) return { text };
    if (url.origin === origin) return { text, href: url.href, inside: url.pathname + url.search + url.hash };
    return { text, href: url.href };
  } catch {
    return { text };
  }
}

/** Cuts a text into words and links; together the pieces are the text again. */
export function piecesOf(text: string, origin: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(LIKELY)) {
    let found = match[0];
    const trailing = TRAILING.exec(found)?.[0] ?? "";
    // A bracket that was opened within the link belongs to it.
    const keeps = trailing.startsWith(")") && found.includes("(") ? 1 : 0;
    found = found.slice(0, found.length - trailing.length + keeps);
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push(linked(found, origin));
    at = match.index + found.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
