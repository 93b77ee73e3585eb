/** What the server allows; it has the last word (`chat/messages`). */
export const EDIT_MS = 24 * 3_600_000;
export const RECALL_MS = 120_000;

/** What one may react with, in the order of the menu. */
export const EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🔥", "👏", "🙏", "💯", "👀", "✅"] as const;

export type ChatKind = "group" | "dm";
