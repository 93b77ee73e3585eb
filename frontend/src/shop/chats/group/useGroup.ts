/** A group as its pages show it: live, with what the person is there. */
import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";

import { api, type GroupDetail } from "@/shared/api";
import {
  openChat, reduceChat, useChannel, withMembership,
  type ChatEvent, type ChatState, type Group, type GroupSnapshot, type Membership,
} from "@/shared/realtime";

import { useReturn } from "../../moderation/useReturn";
import { listedAs, notePlace, setPlace } from "../conversations";

interface GroupPlace {
  chat: ShallowRef<ChatState | null>;
  group: ComputedRef<Group | null>;
  membership: ComputedRef<Membership | null>;
  refusal: Readonly<Ref<string | null>>;
  isOwner: ComputedRef<boolean>;
  runsIt: ComputedRef<boolean>;
  place: (changes: { muted?: boolean; pinned?: boolean }) => Promise<void>;
  /** Throws `ApiError`. */
  change: (changes: Record<string, unknown> | FormData) => Promise<void>;
  announce: (text: string) => Promise<void>;
}

export function useGroup(id: number, me: number): GroupPlace {
  const channel = `group:${id}`;
  const chat = shallowRef<ChatState | null>(null);
  const entry = useChannel<GroupSnapshot, ChatEvent>(channel, {
    snapshot: (snapshot, recovered) => {
      chat.value = openChat(snapshot, me, chat.value, recovered);
      notePlace(channel, chat.value.membership);
    },
    event: (event) => { if (chat.value) chat.value = reduceChat(chat.value, event); },
  });
  useReturn(channel, entry);
  // One's own place changes on other devices, too.
  watch(() => listedAs(channel)?.membership, (membership) => {
    if (membership && chat.value) chat.value = withMembership(chat.value, membership);
  });
  const group = computed(() => chat.value?.group ?? null);

  function become({ group: now }: GroupDetail): void {
    if (chat.value?.group && chat.value.group.version <= now.version) chat.value = { ...chat.value, group: now };
  }

  const path = { group_id: id };
  return {
    chat,
    group,
    membership: computed(() => chat.value?.membership ?? null),
    refusal: entry.refusal,
    isOwner: computed(() => group.value?.owner.id === me),
    runsIt: computed(() => group.value?.owner.id === me || group.value?.managers.includes(me) === true),
    place: async (changes) => {
      await setPlace(channel, changes);
      const membership = listedAs(channel)?.membership;
      if (membership && chat.value) chat.value = withMembership(chat.value, membership);
    },
    change: async (body) => { become(await api.patch("/api/groups/{group_id}/", { path, body })); },
    announce: async (text) => {
      become(await api.put("/api/groups/{group_id}/announcement/", { path, body: { text } }));
    },
  };
}
