import { ApiError, codeOf } from "@/shared/api";
import { hasTranslation, translate } from "@/shared/i18n";
import * as shared from "@/shared/sentences";

import { notify } from "./ui/toasts";

/** The host's own sentence where the studio has one, else the one that everybody reads. */
export function sentenceFor(code: string, values: Record<string, unknown> = {}): string {
  const key = `studio.error.${code}`;
  return hasTranslation(key) ? translate(key, values) : shared.sentence(code, values);
}

export function sentence(error: unknown): string {
  return sentenceFor(codeOf(error), error instanceof ApiError ? error.detail : {});
}

export function report(error: unknown): void {
  notify(sentence(error), { tone: "problem" });
}

/** Field → the sentence of its first problem. */
export function fieldSentences(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    Object.entries(error.fields).flatMap(([field, [code]]) => (code ? [[field, sentenceFor(code)]] : [])),
  );
}
