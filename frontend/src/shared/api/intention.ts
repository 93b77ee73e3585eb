import { newKey } from "./client";

export interface Intention {
  /** The key of what is asked for: the same until it is done, or something else is asked for. */
  keyOf: (asked: unknown) => string;
  /** It is done: the same once more is another intention. */
  done: () => void;
}

/** A repeated click, or another try after an answer that was lost, asks under the key of the first one. */
export function useIntention(): Intention {
  let intention = { asked: "", key: "" };
  return {
    keyOf: (asked) => {
      const words = JSON.stringify(asked);
      if (intention.asked !== words) intention = { asked: words, key: newKey() };
      return intention.key;
    },
    done: () => { intention = { asked: "", key: "" }; },
  };
}
