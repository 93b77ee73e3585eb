/** What members of a group are held to there now, for whoever runs it. */
import { computed, onScopeDispose, ref, shallowRef, type Ref } from "vue";

import { api } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import { call, type Methods, type SanctionRecord } from "@/shared/realtime";

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
  const all = shallowRef<readonly SanctionRecord[]>([]);
  const error = shallowRef<unknown>(null);
  const settled = ref(false);
  const now = ref(serverNow());
  const timer = setInterval(() => { now.value = serverNow(); }, LOOK_MS);
  onScopeDispose(() => { clearInterval(timer); });
  let asked = 0;

  const byUser = computed(() => {
    const found = new Map<number, SanctionRecord[]>();
    for (const one of all.value) {
      if (one.kind === "warning" || (one.expires_at !== null && one.expires_at <= now.value)) continue;
      found.set(one.user.id, [...(found.get(one.user.id) ?? []), one]);
    }
    return found;
  });

  async function load(): Promise<void> {
    const turn = ++asked;
    try {
      const found = await api.get("/api/moderation/sanctions/", { query: { scope: channel } });
      if (turn === asked) [all.value, error.value] = [found, null];
    } catch (caught) {
      if (turn === asked) error.value = caught;
    } finally {
      settled.value = true;
    }
  }

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
