import { effectScope, onScopeDispose, watch, type EffectScope } from "vue";

/** Runs `enter` in an effect scope of its own for each id, as long as the id is there. `again` starts one anew. */
export function useScopes(ids: () => number[], enter: (id: number) => void): { again: (id: number) => void } {
  const open = new Map<number, EffectScope>();

  function close(id: number): void {
    open.get(id)?.stop();
    open.delete(id);
  }

  function start(id: number): void {
    const scope = effectScope(true);
    open.set(id, scope);
    scope.run(() => { enter(id); });
  }

  watch(() => ids().join(), (list) => {
    const wanted = new Set(list ? list.split(",").map(Number) : []);
    for (const id of [...open.keys()]) if (!wanted.has(id)) close(id);
    for (const id of wanted) if (!open.has(id)) start(id);
  }, { immediate: true });
  onScopeDispose(() => { for (const id of [...open.keys()]) close(id); });

  return {
    again: (id) => {
      if (!open.has(id)) return;
      close(id);
      start(id);
    },
  };
}
