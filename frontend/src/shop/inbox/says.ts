/** From what a notice tells to a sentence in the reader's language, and to where it leads. Pure but for the words. */
import { hasTranslation, pick, translate } from "@/shared/i18n";
import type { Notice } from "@/shared/realtime";

function whoOf({ people }: Notice): string {
  const [first, second] = people;
  if (!first) return translate("inbox.somebody");
  if (!second) return first.display_name;
  return translate("inbox.two", { first: first.display_name, second: second.display_name });
}

function followers(notice: Notice): string {
  const named = Math.min(notice.people.length, 2);
  const others = notice.count - named;
  const who = whoOf(notice);
  if (named && others === 1) return translate("inbox.says.follow_one_more", { who });
  if (named && others > 1) return translate("inbox.says.follow_many", { who, count: others });
  return translate(named === 2 ? "inbox.says.follow_two" : "inbox.says.follow", { who });
}

const WITH_WORDS = new Set<Notice["kind"]>(["order", "case", "report", "appeal", "stock"]);

/** `says.order_shipped` where a kind tells of several things, `says.mention` otherwise. */
export function sentenceOf(notice: Notice): string {
  if (notice.kind === "follow") return followers(notice);
  if (notice.kind === "sanction" && hasTranslation(`moderation.kind.${notice.word}`)) {
    const kind = translate(`moderation.kind.${notice.word}`);
    return pick(notice.title)
      ? translate("standing.told_in", { kind, title: pick(notice.title) })
      : translate("standing.told", { kind });
  }
  let key: string = WITH_WORDS.has(notice.kind) ? `${notice.kind}_${notice.word}` : notice.kind;
  if (notice.kind === "appeal" && pick(notice.title)) key += "_in";
  const known = hasTranslation(`inbox.says.${key}`) ? key : "other";
  return translate(`inbox.says.${known}`, { who: whoOf(notice), title: pick(notice.title) });
}

/** A message in a chat, `group:12/57`. */
const MESSAGE = /^(group|dm):(\d+)\/(\d+)$/;

const PLACES: Record<string, (id: string) => string> = {
  group: (id) => `/chats/group/${id}/about`,
  show: (id) => `/shows/${id}`,
  order: (id) => `/orders/${id}`,
  case: (id) => `/aftersales/${id}`,
  // A page of the studio.
  sku: () => "/studio/stock?low",
  coupon: () => "/coupons?tab=usable",
};

/** The path of the page that shows it, or null where there is none. */
export function placeOf(notice: Notice): string | null {
  const [person] = notice.people;
  switch (notice.kind) {
    case "follow":
      return notice.count === 1 && person ? `/u/${person.id}` : "/people?tab=followers";
    case "friend_request":
      return "/people?tab=requests";
    case "friend_accepted":
      return person ? `/u/${person.id}` : null;
    case "sanction":
    case "appeal":
      return notice.about.startsWith("sanction:") ? "/standing" : null;
    default: {
      const message = MESSAGE.exec(notice.about);
      if (message) return `/chats/${message[1]}/${message[2]}?at=${message[3]}`;
      const colon = notice.about.indexOf(":");
      return PLACES[notice.about.slice(0, colon)]?.(notice.about.slice(colon + 1)) ?? null;
    }
  }
}
