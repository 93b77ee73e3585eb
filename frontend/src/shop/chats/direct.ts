/** Opening the direct chat with somebody. */
import type { Router } from "vue-router";

import { api, type Person } from "@/shared/api";

import { requireLogin } from "../account/account";
import { toastError } from "../ui/toast";
import { noteListed } from "./conversations";

/** Goes to the chat, for guests after a log-in; says why where there can be none. */
export async function writeTo(person: Person, router: Router): Promise<void> {
  if (!(await requireLogin("write"))) return;
  try {
    const listed = await api.post("/api/dms/", { body: { user: person.id } });
    noteListed({ ...listed, last_message: null, mentions: [] });
    await router.push(`/chats/${listed.channel.replace(":", "/")}`);
  } catch (error) {
    toastError(error);
  }
}
