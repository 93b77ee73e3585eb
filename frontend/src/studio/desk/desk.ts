/** The desk while it is open: the queue, the case in question, who looks at what. */
import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from "vue";

import { api, ApiError, type ModerationCase, type ModerationCaseDetail, type Verdict } from "@/shared/api";
import { translate } from "@/shared/i18n";
import { call, useChannel, type DeskEvent, type DeskSnapshot } from "@/shared/realtime";
import { session } from "@/shared/session";

import { report, sentence } from "../errors";
import { notify } from "../ui/toasts";
import { nextAfter, NO_FILTERS, withCase, type Filters } from "./queue";
import { useSelection } from "./selection";

const LOOK_AGAIN_MS = 10_000;
/** Who has not said so again is not there any more. */
const LOOK_LASTS_MS = 25_000;

/** `heldVersion`: an older count of what is held is ignored. */
export const counts = reactive({ cases: 0, appeals: 0, held: 0, heldVersion: 0 });

interface Look {
  case: number;
  name: string;
  until: number;
}

function queryOf(filters: Filters): Record<string, string | number> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ""));
}

export function useDesk() {
  const filters = reactive<Filters>({ ...NO_FILTERS });
  const cases = shallowRef<ModerationCase[]>([]);
  const total = ref(0);
  const settled = ref(false);
  const loading = ref(false);
  const error = shallowRef<unknown>(null);
  const selection = useSelection(() => cases.value);
  const { chosen, marked } = selection;
  const detail = shallowRef<ModerationCaseDetail | null>(null);
  const detailError = shallowRef<unknown>(null);
  const busy = ref(false);
  const looks = shallowRef<Record<number, Look>>({});
  const clock = ref(Date.now());
  let generation = 0;

  async function load(more = false): Promise<void> {
    const own = ++generation;
    loading.value = true;
    error.value = null;
    try {
      const offset = more ? cases.value.length : 0;
      const page = await api.get("/api/moderation/cases/", { query: { ...queryOf(filters), offset } });
      if (own !== generation) return;
      const known = new Set(cases.value.map(({ id }) => id));
      cases.value = more ? [...cases.value, ...page.results.filter(({ id }) => !known.has(id))] : page.results;
      total.value = page.total;
      if (!cases.value.some(({ id }) => id === chosen.value)) chosen.value = cases.value[0]?.id ?? null;
    } catch (caught) {
      if (own === generation) error.value = caught;
    } finally {
      if (own === generation) {
        loading.value = false;
        settled.value = true;
      }
    }
  }

  async function open(id: number | null): Promise<void> {
    detailError.value = null;
    if (id === null) {
      detail.value = null;
      return;
    }
    try {
      const found = await api.get("/api/moderation/cases/{case_id}/", { path: { case_id: id } });
      if (chosen.value === id) detail.value = found;
    } catch (caught) {
      if (chosen.value === id) detailError.value = caught;
    }
  }

  function take(one: ModerationCase): void {
    const was = cases.value;
    cases.value = withCase(was, one, filters);
    total.value += cases.value.length - was.length;
    if (detail.value?.case.id === one.id && detail.value.case.version < one.version) {
      // What somebody else has decided is shown where it stands; the next one is one's own choice.
      if (one.state !== detail.value.case.state || one.reports !== detail.value.case.reports) void open(one.id);
    }
  }

  function undoable(ids: number[], text: string): void {
    notify(text, { action: { label: translate("desk.undo"), run: () => void undo(ids) } });
  }

  const said = (action: string): string => translate(`desk.did.${action}`);

  async function decide(verdict: Verdict): Promise<boolean> {
    const one = detail.value?.case;
    if (!one || busy.value) return false;
    if (marked.value.size) return decideMarked(verdict);
    busy.value = true;
    const next = nextAfter(cases.value, one.id);
    try {
      const decided = await api.post("/api/moderation/cases/{case_id}/decide/", {
        path: { case_id: one.id },
        body: verdict,
      });
      take(decided.case);
      chosen.value = next;
      undoable([one.id], said(verdict.action));
      return true;
    } catch (caught) {
      report(caught);
      if (caught instanceof ApiError && caught.code === "already_decided") {
        await open(one.id);
        if (detail.value) take(detail.value.case);
      }
      return false;
    } finally {
      busy.value = false;
    }
  }

  async function decideMarked(verdict: Verdict): Promise<boolean> {
    busy.value = true;
    try {
      const { results } = await api.post("/api/moderation/cases/decide/", {
        body: { ...verdict, cases: [...marked.value] },
      });
      const done = results.flatMap((one) => one.case ?? []);
      done.forEach(take);
      marked.value = new Set();
      if (!cases.value.some(({ id }) => id === chosen.value)) chosen.value = cases.value[0]?.id ?? null;
      const failed = results.filter((one) => one.error);
      if (done.length) undoable(done.map(({ id }) => id), translate("desk.did_many", { count: done.length }));
      if (failed.length) notify(translate("desk.some_failed", { count: failed.length }), { tone: "problem" });
      return true;
    } catch (caught) {
      report(caught);
      return false;
    } finally {
      busy.value = false;
    }
  }

  async function undo(ids: number[]): Promise<void> {
    for (const id of ids) {
      try {
        const found = await api.post("/api/moderation/cases/{case_id}/undo/", { path: { case_id: id } });
        take(found.case);
        chosen.value = id;
        if (detail.value?.case.id === id) detail.value = found;
      } catch (caught) {
        notify(sentence(caught), { tone: "problem" });
        return;
      }
    }
    notify(translate("desk.undone"));
  }

  /** Who else has this case before them just now. */
  function lookers(id: number): string[] {
    return Object.entries(looks.value)
      .filter(([who, look]) => Number(who) !== session.user.value?.id && look.case === id && look.until > clock.value)
      .map(([, look]) => look.name);
  }

  function look(): void {
    void call("desk.look", { case: chosen.value ?? 0 }).catch(() => undefined);
  }

  useChannel("desk:0", {
    snapshot: (data) => {
      const snapshot = data as DeskSnapshot;
      Object.assign(counts, {
        cases: snapshot.open_cases, appeals: snapshot.open_appeals,
        held: snapshot.held, heldVersion: snapshot.held_version,
      });
      if (settled.value) void load();
      look();
    },
    event: (event) => {
      const news = event as DeskEvent;
      if (news.type === "case.changed") {
        take(news.case);
        void recount();
      } else if (news.type === "case.looked") {
        const { case: id, moderator } = news.look;
        looks.value = {
          ...looks.value,
          [moderator.id]: { case: id, name: moderator.display_name, until: Date.now() + LOOK_LASTS_MS },
        };
      } else if (news.type === "held.counted") {
        if (news.version <= counts.heldVersion) return;
        Object.assign(counts, { held: news.count, heldVersion: news.version });
      } else {
        void recount();
      }
    },
  });

  let recounting: ReturnType<typeof setTimeout> | undefined;
  function recount(): Promise<void> {
    clearTimeout(recounting);
    recounting = setTimeout(() => {
      void Promise.all([
        api.get("/api/moderation/cases/"),
        api.get("/api/moderation/appeals/"),
      ]).then(([open, appeals]) => Object.assign(counts, { cases: open.total, appeals: appeals.length }))
        .catch(() => undefined);
    }, 400);
    return Promise.resolve();
  }

  watch(chosen, (id) => {
    void open(id);
    look();
  });
  watch(filters, () => {
    marked.value = new Set();
    void load();
  });
  const timers = [
    setInterval(look, LOOK_AGAIN_MS),
    setInterval(() => { clock.value = Date.now(); }, 1_000),
  ];
  onScopeDispose(() => {
    timers.forEach(clearInterval);
    clearTimeout(recounting);
    void call("desk.look", { case: 0 }).catch(() => undefined);
  });
  void load();

  return {
    ...selection, filters, cases, total, settled, loading, error, detail, detailError, busy, clock,
    load, open, decide, undo, lookers,
    more: computed(() => cases.value.length < total.value),
  };
}

export type Desk = ReturnType<typeof useDesk>;
