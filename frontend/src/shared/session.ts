/** Who is using this page: logged in over allauth's headless API, by cookie. */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from "vue";

import { api, ApiError, request, type User } from "./api";

const AUTH = "/_allauth/browser/v1/auth";

const user = shallowRef<User | null>(null);
const ready = shallowRef(false);
const listeners = new Set<(user: User | null) => void>();
let loading: Promise<User | null> | undefined;

function become(next: User | null): User | null {
  const changed = user.value?.id !== next?.id || !ready.value;
  user.value = next;
  ready.value = true;
  if (changed) for (const listener of listeners) listener(next);
  return next;
}

async function load(): Promise<User | null> {
  return become((await api.get("/api/me/")).user);
}

/** Called with every change of the person, at once when it is already known. */
export function onUserChange(listener: (user: User | null) => void): () => void {
  listeners.add(listener);
  if (ready.value) listener(user.value);
  return () => listeners.delete(listener);
}

export const session = {
  user: user as Readonly<ShallowRef<User | null>>,
  ready: ready as Readonly<ShallowRef<boolean>>,
  isLoggedIn: computed(() => user.value !== null) as ComputedRef<boolean>,

  /** Asks the server once; later callers get the same answer. Throws `ApiError` when it cannot be asked. */
  start(): Promise<User | null> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  },

  reload: load,

  async login(email: string, password: string): Promise<User | null> {
    try {
      await request("post", `${AUTH}/login`, { body: { email, password } });
    } catch (error) {
      // 409: this browser is logged in already, perhaps in another tab.
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
    }
    return load();
  },

  async signup(email: string, password: string, displayName: string): Promise<User | null> {
    await request("post", `${AUTH}/signup`, { body: { email, password, display_name: displayName } });
    return load();
  },

  async logout(): Promise<void> {
    try {
      await request("delete", `${AUTH}/session`);
    } catch (error) {
      // allauth answers 401 to say that nobody is logged in any more.
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
    become(null);
  },

  requestPasswordReset: (email: string) => request("post", `${AUTH}/password/request`, { body: { email } }),

  async resetPassword(key: string, password: string): Promise<void> {
    try {
      await request("post", `${AUTH}/password/reset`, { body: { key, password } });
    } catch (error) {
      // 401 without errors: the password is changed, and one has to log in with it.
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
  },

  async updateProfile(changes: { display_name?: string; bio?: string; avatar?: File }): Promise<void> {
    const { avatar, ...body } = changes;
    const form = new FormData();
    if (body.display_name !== undefined) form.set("display_name", body.display_name);
    if (avatar) form.set("avatar", avatar);
    await api.patch("/api/me/", { body: avatar ? form : body });
    await load();
  },
};
