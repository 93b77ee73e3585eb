import { shallowRef } from "vue";

export interface Question {
  title: string;
  text: string;
  /** What the button does, as a verb: never a bare "OK". */
  action: string;
  grave: boolean;
  answer: (yes: boolean) => void;
}

export const question = shallowRef<Question | null>(null);

/** Asks before something that cannot be undone; the focus returns to where it was. */
export function confirm(asked: Omit<Question, "answer">): Promise<boolean> {
  question.value?.answer(false);
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      answer: (yes) => {
        question.value = null;
        resolve(yes);
      },
    };
  });
}
