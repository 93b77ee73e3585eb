/** Choosing whom to call while one writes: the members whose names begin like what stands behind the @. */
import { computed, nextTick, onScopeDispose, ref, shallowRef, watch, type Ref } from "vue";

import { api } from "@/shared/api";
import { translate } from "@/shared/i18n";
import type { Mention } from "@/shared/realtime";
import { onUserChange } from "@/shared/session";

import { announce } from "../ui/announce";
import { begunAt, mentionsIn, type Callable } from "./mentions";

const PAUSE_MS = 150;
const SHOWN = 8;

export interface Choice extends Callable {
  avatar: string | null;
}

// Whom one has called in a channel: where a draft is gone on with, its names are not mere text.
const known = new Map<string, Callable[]>();
onUserChange(() => { known.clear(); });

export interface Mentioning {
  choices: Readonly<Ref<readonly Choice[]>>;
  open: Readonly<Ref<boolean>>;
  /** The index of the choice that Enter takes. */
  at: Ref<number>;
  /** To be called when the text or the caret's place has changed. */
  look: () => void;
  close: () => void;
  choose: (choice: Choice) => Promise<void>;
  /** Whether the key was for the list. */
  pressed: (event: KeyboardEvent) => boolean;
  mentions: (words: string) => Mention[];
  note: (people: readonly Callable[]) => void;
}

interface Options {
  channel: string;
  me: number;
  /** Whose members may be called; null: nobody's. */
  group: () => number | null;
  everybody: () => boolean;
  text: Ref<string>;
  input: Readonly<Ref<HTMLTextAreaElement | null>>;
}

export function useMentioning({ channel, me, group, everybody, text, input }: Options): Mentioning {
  const choices = shallowRef<readonly Choice[]>([]);
  const at = ref(0);
  const open = computed(() => choices.value.length > 0);
  let place: ReturnType<typeof begunAt> = null;
  // The @ at which the list was closed: it stays closed there.
  let closedAt: number | null = null;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let generation = 0;

  function hide(): void {
    clearTimeout(pause);
    generation += 1;
    choices.value = [];
    place = null;
  }

  async function find(id: number, begun: string): Promise<void> {
    const own = ++generation;
    const all = { user: null, name: translate("chats.everybody"), avatar: null };
    const isMeant = everybody() && all.name.toLowerCase().startsWith(begun.toLowerCase());
    let found: Choice[] = [];
    try {
      const query = { name: begun, page_size: SHOWN };
      const { results } = await api.get("/api/groups/{group_id}/members/", { path: { group_id: id }, query });
      found = results.filter(({ user }) => user.id !== me)
        .map(({ user }) => ({ user: user.id, name: user.display_name, avatar: user.avatar }));
    } catch {
      // Then the name stays mere text.
    }
    if (own !== generation) return;
    choices.value = isMeant ? [all, ...found] : found;
    at.value = 0;
  }

  function look(): void {
    const id = group();
    const element = input.value;
    const now = id !== null && element && element.selectionStart === element.selectionEnd
      ? begunAt(text.value, element.selectionStart)
      : null;
    if (now?.start !== closedAt) closedAt = null;
    if (!now || id === null || closedAt !== null) {
      hide();
      return;
    }
    if (place?.start === now.start && place.begun === now.begun) return;
    place = now;
    clearTimeout(pause);
    pause = setTimeout(() => void find(id, now.begun), PAUSE_MS);
  }

  function close(): void {
    closedAt = place?.start ?? null;
    hide();
  }

  function note(people: readonly Callable[]): void {
    const before = known.get(channel) ?? [];
    const rest = before.filter(({ user, name }) => !people.some((one) => one.user === user && one.name === name));
    known.set(channel, [...rest, ...people]);
  }

  async function choose({ user, name }: Choice): Promise<void> {
    const element = input.value;
    if (!place || !element) return;
    const { start, begun } = place;
    const behind = text.value.slice(start + 1 + begun.length);
    note([{ user, name }]);
    text.value = `${text.value.slice(0, start)}@${name} ${behind.replace(/^ /, "")}`;
    hide();
    await nextTick();
    element.focus({ preventScroll: true });
    element.setSelectionRange(start + name.length + 2, start + name.length + 2);
  }

  function pressed(event: KeyboardEvent): boolean {
    if (!open.value || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return false;
    const count = choices.value.length;
    const choice = choices.value[at.value];
    if (event.key === "ArrowDown") at.value = (at.value + 1) % count;
    else if (event.key === "ArrowUp") at.value = (at.value + count - 1) % count;
    else if ((event.key === "Enter" || event.key === "Tab") && choice) void choose(choice);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    return true;
  }

  watch(open, (isOpen) => { if (isOpen) announce(translate("chats.callable", { count: choices.value.length })); });
  onScopeDispose(hide);

  return {
    choices, open, at, look, close, choose, pressed, note,
    mentions: (words) => (group() === null ? [] : mentionsIn(words, known.get(channel) ?? [])),
  };
}
