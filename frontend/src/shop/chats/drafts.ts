/** What was begun and not sent, by channel, as long as this page lives. */
import { onUserChange } from "@/shared/session";

const drafts = new Map<string, string>();
onUserChange(() => { drafts.clear(); });

export function draftOf(channel: string): string {
  return drafts.get(channel) ?? "";
}

export function keepDraft(channel: string, text: string): void {
  if (text.trim()) drafts.set(channel, text);
  else drafts.delete(channel);
}
