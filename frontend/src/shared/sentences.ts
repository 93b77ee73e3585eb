/** From a code word of the server to a sentence in the reader's language. Nobody sees a raw code. */
import { ApiError, codeOf } from "./api";
import { hasTranslation, translate } from "./i18n";

const ALIASES: Record<string, string> = {
  blank: "required",
  error: "server",
  null: "required",
  throttled: "too_many_requests",
};

/** The sentence of one code word; of `error.unknown` when it is new to this page. */
export function sentence(code: string, values: Record<string, unknown> = {}): string {
  const key = `error.${ALIASES[code] ?? code}`;
  return translate(hasTranslation(key) ? key : "error.unknown", values);
}

/** The sentence of anything that was thrown. */
export function errorText(error: unknown): string {
  return sentence(codeOf(error), error instanceof ApiError ? error.detail : {});
}

/** Field → the sentence of its first problem; of the fields of one object in the body, where `within` names it. */
export function fieldTexts(error: unknown, within?: string): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const all: Record<string, unknown> = error.fields;
  const fields = within === undefined ? all : all[within];
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return {};
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, codes]) => {
      const [code] = Array.isArray(codes) ? (codes as unknown[]) : [codes];
      return code ? [[field, sentence(String(code))]] : [];
    }),
  );
}
