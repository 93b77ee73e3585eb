/** What a host has set going: each deed once at a time, and what goes wrong is said. */
import { reactive } from "vue";

import { report } from "../errors";

export interface Busy {
  names: Set<string>;
  /** Null where it is under way already, or has failed. */
  waiting: <T>(name: string, work: () => Promise<T>) => Promise<T | null>;
}

export function busyDeeds(): Busy {
  const names = reactive(new Set<string>());

  async function waiting<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    if (names.has(name)) return null;
    names.add(name);
    try {
      return await work();
    } catch (error) {
      report(error);
      return null;
    } finally {
      names.delete(name);
    }
  }

  return { names, waiting };
}
