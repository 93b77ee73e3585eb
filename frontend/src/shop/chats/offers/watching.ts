/** What was launched in chats and has its cards on the page: each is entered once, however many cards it has. */
import { computed, effectScope, inject, onScopeDispose, ref, shallowRef, watch } from "vue";
import type { EffectScope, InjectionKey, Ref, ShallowRef } from "vue";

import { useChannel } from "@/shared/realtime";

/** Whether who looks at the chat runs it. */
export const RUNS_CHAT: InjectionKey<Readonly<Ref<boolean>>> = Symbol("runs the chat");
export const useRunsChat = (): Readonly<Ref<boolean>> => inject(RUNS_CHAT, () => ref(false), true);

interface Kind<State, Snapshot, Event> {
  name: "sale" | "drop";
  /** In the scope of what is entered. */
  entered?: () => void;
  /** Notes what else the snapshot says. */
  told: (snapshot: Snapshot) => State;
  newer: (known: State | undefined, next: State) => State;
  reduce: (state: State, event: Event) => State;
  /** Nothing of it changes any more: it is entered no more. */
  isOver: (state: State) => boolean;
}

export interface Watched<State> {
  state: ShallowRef<State | null>;
  /** The code word, where the door stayed shut. */
  refusal: ShallowRef<string | null>;
}

interface Watching<State> {
  note: (state: State) => void;
  /** While the scope lives. */
  use: (id: number) => Watched<State>;
  /** Asks the server anew. */
  again: (id: number) => void;
}

export function watching<State extends { id: number }, Snapshot, Event extends { type: string; at: number }>(
  kind: Kind<State, Snapshot, Event>,
): Watching<State> {
  const known = new Map<number, Watched<State> & { cards: number; scope: EffectScope | null }>();

  function of(id: number) {
    const watched = known.get(id) ?? { state: shallowRef(null), refusal: shallowRef(null), cards: 0, scope: null };
    known.set(id, watched);
    return watched;
  }

  function note(next: State): void {
    const { state } = of(next.id);
    state.value = kind.newer(state.value ?? undefined, next);
  }

  function enter(id: number): void {
    const watched = of(id);
    const { state } = watched;
    watched.scope = effectScope(true);
    watched.scope.run(() => {
      kind.entered?.();
      const isOver = computed(() => state.value !== null && kind.isOver(state.value));
      const { refusal } = useChannel<Snapshot, Event>(() => (isOver.value ? null : `${kind.name}:${id}`), {
        snapshot: (snapshot) => { note(kind.told(snapshot)); },
        event: (event) => { if (state.value) state.value = kind.reduce(state.value, event); },
      });
      watch(refusal, (word) => { watched.refusal.value = word; }, { immediate: true, flush: "sync" });
    });
  }

  return {
    note,
    use: (id) => {
      const watched = of(id);
      if (watched.cards++ === 0) enter(id);
      onScopeDispose(() => {
        if (--watched.cards === 0) watched.scope?.stop();
      });
      return watched;
    },
    again: (id) => {
      const watched = of(id);
      watched.scope?.stop();
      if (watched.cards) enter(id);
    },
  };
}
