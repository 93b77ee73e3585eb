import { onScopeDispose } from "vue";

import { serverNow } from "@/shared/clock";
import { newerDrop, reduceDrop, type DropEvent, type DropSnapshot, type DropState } from "@/shared/realtime";

import { noteSnapshot, watchGrants } from "../../room/drops";
import { watching } from "../offers/watching";

/** The coupon drops whose cards stand on the page. */
export const drops = watching<DropState, DropSnapshot, DropEvent>({
  name: "drop",
  entered: () => { onScopeDispose(watchGrants()); },
  told: (snapshot) => {
    noteSnapshot(snapshot, serverNow());
    return snapshot.drop;
  },
  newer: newerDrop,
  reduce: reduceDrop,
  isOver: ({ state }) => state === "closed",
});
