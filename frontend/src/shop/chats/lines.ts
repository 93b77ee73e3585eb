/** What stands for a message in one line: in a list, in a quote, or where the group speaks for itself. */
import { pick, translate } from "@/shared/i18n";
import type { Message, Quote } from "@/shared/realtime";

/** "Mia joined", "Mia removed Leo". */
export function lineText({ author, line }: Message): string {
  if (!line) return "";
  const people = line.people.map(({ display_name: name }) => name).join(", ");
  return translate(`group.line.${line.what}`, { name: author.display_name, people, title: line.title });
}

function attachedText(what: Quote["attached"]): string {
  return what ? translate(`chats.attached.${what}`) : "";
}

export function quoteText({ recalled, text, attached }: Quote): string {
  return recalled ? translate("chats.quote_gone") : text || attachedText(attached);
}

export function previewText(message: Message): string {
  if (message.line) return lineText(message);
  if (message.hidden) return "";
  if (message.recalled) return translate("chats.quote_gone");
  if (message.text) return message.text;
  const [, kind] = /^(sale|drop|product|order):/.exec(message.card?.about ?? "") ?? [];
  if (message.card && kind) return translate(`chats.attached.${kind}`, { title: pick(message.card.title) });
  return attachedText(message.file ? message.file.kind : message.card ? "card" : undefined);
}
