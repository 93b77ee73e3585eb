/** The coupon drops of one show: what is known of them, and what the host does with them. */
import { shallowRef, type ShallowRef } from "vue";

import { api, type DropGroup, type DroppableCoupon } from "@/shared/api";
import { couponOf, type DropDraft } from "@/shared/dropping";
import { call, withDrop, type DropState } from "@/shared/realtime";

import { sentence, sentenceFor } from "../errors";

export interface Drops {
  all: ShallowRef<DropState[]>;
  changed: (drop: DropState) => void;
  read: () => Promise<void>;
  coupons: () => Promise<DroppableCoupon[]>;
  /** Whose members a drop may be for. */
  groups: () => Promise<DropGroup[]>;
  /** Null when it is scheduled or running, else the sentence to show in the form. */
  launch: (draft: DropDraft, key: string) => Promise<string | null>;
}

export function dropsOf(show: number): Drops {
  const all = shallowRef<DropState[]>([]);
  const path = { show_id: show };

  function changed(drop: DropState): void {
    all.value = withDrop(all.value, drop);
  }

  return {
    all,
    changed,
    read: async () => {
      for (const drop of await api.get("/api/shows/{show_id}/drops/", { path })) changed(drop);
    },
    coupons: () => api.get("/api/shows/{show_id}/droppable-coupons/", { path }),
    groups: () => api.get("/api/shows/{show_id}/drop-groups/", { path }),
    launch: async (draft, key) => {
      const { quantity, countdown, duration, watchMinutes, follow, group } = draft;
      if (quantity === null || countdown === null || duration === null || watchMinutes === null) {
        return sentenceFor("invalid");
      }
      try {
        const { drop } = await call("drop.launch", {
          show, quantity, countdown, duration, watch_minutes: watchMinutes, follow, group, key, ...couponOf(draft),
        });
        changed(drop);
        return null;
      } catch (error) {
        return sentence(error);
      }
    },
  };
}
