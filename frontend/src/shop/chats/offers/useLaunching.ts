/** A form of what is launched: what is checked, sent and refused, the same for sales and drops. */
import { reactive, ref, type Ref } from "vue";

import { newKey } from "@/shared/api";
import { errorText } from "@/shared/sentences";

interface Form<Field extends string> {
  fields: () => Field[];
  /** Field → the word of its problem. */
  problems: () => Partial<Record<Field, string>>;
  focus: (field: string) => Promise<void> | undefined;
  /** Sends what is typed, and is called only where there is no problem. */
  send: (key: string) => Promise<unknown>;
  launched: () => void;
}

interface Launching<Field extends string> {
  /** Fields that were left, or sent: their problems are shown. */
  checked: Set<Field>;
  refused: Ref<string>;
  waiting: Ref<boolean>;
  launch: () => Promise<void>;
}

export function useLaunching<Field extends string>(form: Form<Field>): Launching<Field> {
  const checked = reactive(new Set()) as Set<Field>;
  const refused = ref("");
  const waiting = ref(false);
  // One opening of the form is one launch, however often the button is pressed or the line breaks.
  const key = newKey();

  async function launch(): Promise<void> {
    if (waiting.value) return;
    for (const field of form.fields()) checked.add(field);
    const [wrong] = Object.keys(form.problems());
    if (wrong) {
      await form.focus(wrong);
      return;
    }
    waiting.value = true;
    refused.value = "";
    try {
      await form.send(key);
      form.launched();
    } catch (error) {
      refused.value = errorText(error);
    } finally {
      waiting.value = false;
    }
  }

  return { checked, refused, waiting, launch };
}
