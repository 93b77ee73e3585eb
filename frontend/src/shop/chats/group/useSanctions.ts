/** What members of a group are held to there now, for whoever runs it. */
import { computed, onScopeDispose, ref, shallowRef, type Ref } from "vue";

import { api } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import { call, onPersonal, type Methods, type SanctionRecord, type UserEvent } from "@/shared/realtime";

import { latestSanctions } from "../../moderation/standing";

/** What has run out is gone so soon. */
const LOOK_MS = 5_000;

export interface Sanctions {
  /** The latest first; a warning holds nobody to anything. */
  of: (user: number) => readonly SanctionRecord[];
  settled: Readonly<Ref<boolean>>;
  error: Readonly<Ref<unknown>>;
  load: () => Promise<void>;
  /** Throws `ApiError`. */
  add: (sanction: Omit<Methods["mod.sanction"][0], "channel">) => Promise<void>;
  /** Throws `ApiError`. */
  lift: (sanction: SanctionRecord) => Promise<void>;
}

export function useSanctions(group: number): Sanctions {
  const channel = `group:${group}`;
  const found = shallowRef<readonly SanctionRecord[]>([]);
  // What was told since, by another device or somebody else who runs the group.
  const told = shallowRef<readonly SanctionRecord[]>([]);
  const error = shallowRef<unknown>(null);
  const settled = ref(false);
  const now = ref(serverNow());
  const timer = setInterval(() => { now.value = serverNow(); }, LOOK_MS);
  onScopeDispose(() => { clearInterval(timer); });
  let asked = 0;

  const byUser = computed(() => {
    const current = new Map<number, SanctionRecord[]>();
    for (const one of latestSanctions(found.value, told.value)) {
      const isOver = one.lifted_at !== null || (one.expires_at !== null && one.expires_at <= now.value);
      if (one.kind !== "warning" && !isOver) current.set(one.user.id, [...(current.get(one.user.id) ?? []), one]);
    }
    return current;
  });

  async function load(): Promise<void> {
    const turn = ++asked;
    try {
      const answer = await api.get("/api/moderation/sanctions/", { query: { scope: channel } });
      if (turn === asked) [found.value, error.value] = [answer, null];
    } catch (caught) {
      if (turn === asked) error.value = caught;
    } finally {
      settled.value = true;
    }
  }

  onScopeDispose(onPersonal({
    snapshot: (_, recovered) => {
      if (recovered || !settled.value) return;
      // Something may have been missed that was said of these.
      told.value = [];
      void load();
    },
    event: (event) => {
      const news = event as UserEvent;
      if (news.type === "restriction.changed" && news.sanction.scope === channel) {
        told.value = latestSanctions(told.value, [news.sanction]);
      }
    },
  }));

  return {
    of: (user) => byUser.value.get(user) ?? [],
    settled,
    error,
    load,
    add: async (sanction) => {
      await call("mod.sanction", { channel, ...sanction });
      await load();
    },
    lift: async ({ id }) => {
      await call("mod.lift", { sanction: id });
      await load();
    },
  };
}
