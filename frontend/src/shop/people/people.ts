/** What others are to the person, the same on every page: as it was asked for last, and live since. */
import { shallowRef } from "vue";

import { api, type Person } from "@/shared/api";
import { translate } from "@/shared/i18n";
import type { Relation } from "@/shared/realtime";
import { onUserChange, session } from "@/shared/session";

import { requireLogin } from "../account/account";
import { personal } from "../checkout/purchases";
import { toast, toastError } from "../ui/toast";

interface Of {
  path: { user_id: number };
}

const DEEDS = {
  follow: (of: Of) => api.put("/api/people/{user_id}/follow/", of),
  unfollow: (of: Of) => api.delete("/api/people/{user_id}/follow/", of),
  ask: (of: Of) => api.put("/api/people/{user_id}/friend-request/", of),
  withdraw: (of: Of) => api.delete("/api/people/{user_id}/friend-request/", of),
  accept: (of: Of) => api.post("/api/people/{user_id}/friend-request/accept/", of),
  decline: (of: Of) => api.post("/api/people/{user_id}/friend-request/decline/", of),
  unfriend: (of: Of) => api.delete("/api/people/{user_id}/friendship/", of),
  block: (of: Of) => api.put("/api/people/{user_id}/block/", of),
  unblock: (of: Of) => api.delete("/api/people/{user_id}/block/", of),
};
export type Deed = keyof typeof DEEDS;

/** Shown before the server has said so: nothing is lost if it is not. */
const AT_ONCE: Partial<Record<Deed, Partial<Relation>>> = {
  follow: { following: true },
  unfollow: { following: false },
};

export const STRANGER: Relation = {
  following: false, followed_by: false, friends: false, request: null, blocked: false,
};

// What the server answered, and how much had been heard of that person by then: later news count more.
const answered = shallowRef<Record<number, { relation: Relation; heard: number }>>({});
onUserChange(() => { answered.value = {}; });

export function noteRelation(id: number, relation: Relation): void {
  const heard = personal.value.relations[id]?.version ?? 0;
  answered.value = { ...answered.value, [id]: { relation, heard } };
}

/** Null while nobody has asked, and for guests. */
export function relationOf(id: number): Relation | null {
  const told = personal.value.relations[id];
  const known = answered.value[id];
  if (told && (!known || told.version > known.heard)) return told.relation;
  return known?.relation ?? null;
}

function said(deed: Deed, relation: Relation): string {
  if ((deed === "ask" && relation.friends) || deed === "accept") return "friends";
  return deed;
}

/** Does it, for guests after a log-in. Returns whether it is done; if not, the person has been told why. */
export async function act(deed: Deed, person: Person): Promise<boolean> {
  if (!(await requireLogin("people")) || session.user.value?.id === person.id) return false;
  const before = relationOf(person.id);
  const soon = AT_ONCE[deed];
  if (before && soon) noteRelation(person.id, { ...before, ...soon });
  try {
    const relation = await DEEDS[deed]({ path: { user_id: person.id } });
    noteRelation(person.id, relation);
    toast(translate(`people.said.${said(deed, relation)}`, { name: person.display_name }));
    return true;
  } catch (error) {
    if (before) noteRelation(person.id, before);
    toastError(error);
    return false;
  }
}
