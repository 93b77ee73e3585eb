/** Promotions as one types them, and the terms that the server takes. Pure but for the words of products. */
import type {
  CouponTermsInput, StudioCoupon, StudioThreshold, ThresholdTermsInput, Translated,
} from "@/shared/api";
import { pick } from "@/shared/i18n";
import { minorDigits, parseMoney, SHOP_CURRENCY } from "@/shared/money";

import type { Choice } from "../ui/SearchSelect.vue";

export const WAYS = ["public", "newcomer", "code", "targeted", "drop"] as const;
const MONTH_MS = 30 * 86_400_000;

/** What all promotions have. Amounts are texts, in major units; an empty one is no limit. */
export interface OfferDraft {
  currency: string;
  name_zh: string;
  name_en: string;
  /** For goods that are named, not for all. */
  scoped: boolean;
  categories: string[];
  products: Choice[];
  starts_at: Date;
  ends_at: Date;
  most_off: string;
}

export interface CouponDraft extends OfferDraft {
  way: (typeof WAYS)[number];
  code: string;
  percent: boolean;
  off: string;
  percent_off: number | null;
  minimum: string;
  group: string;
  total: number | null;
  per_user: number | null;
  per_day: number | null;
  valid_days: number | null;
  usable_until: Date | null;
}

export interface Step {
  from: string;
  off: string;
}

export interface ThresholdDraft extends OfferDraft {
  steps: Step[];
  repeats: boolean;
  precedence: number | null;
}

/** Terms to send, or what is wrong: field → a word of `promotions.problem`. */
export interface Checked<T> {
  terms: T;
  problems: Record<string, string>;
}

/** An amount as it is typed; nothing for none. */
export function amountText(minor: number | null | undefined, currency: string): string {
  if (!minor) return "";
  const digits = minorDigits(currency);
  return (minor / 10 ** digits).toFixed(minor % 10 ** digits ? digits : 0);
}

function newOffer(now: number): OfferDraft {
  return {
    currency: SHOP_CURRENCY, name_zh: "", name_en: "", scoped: false, categories: [], products: [],
    starts_at: new Date(now), ends_at: new Date(now + MONTH_MS), most_off: "",
  };
}

function offerOf({ terms, scope }: StudioCoupon | StudioThreshold): OfferDraft {
  const { currency, name_zh, name_en, categories = [] } = terms;
  return {
    currency, name_zh, name_en, categories: [...categories],
    scoped: categories.length + scope.products.length > 0,
    products: scope.products.map(choiceOf),
    starts_at: new Date(terms.starts_at), ends_at: new Date(terms.ends_at),
    most_off: amountText(terms.most_off, currency),
  };
}

export function choiceOf({ id, title }: { id: number; title: Translated }): Choice {
  return { id, label: pick(title) };
}

export function newCoupon(now: number): CouponDraft {
  return {
    ...newOffer(now), way: "public", code: "", percent: false, off: "", percent_off: 10, minimum: "", group: "",
    total: null, per_user: 1, per_day: null, valid_days: 30, usable_until: null,
  };
}

export function couponDraft(one: StudioCoupon): CouponDraft {
  const { terms } = one;
  return {
    ...offerOf(one), way: terms.way, code: terms.code ?? "", percent: terms.percent_off > 0,
    off: amountText(terms.off, terms.currency), percent_off: terms.percent_off || null,
    minimum: amountText(terms.minimum, terms.currency), group: terms.group ?? "", total: terms.total ?? null,
    per_user: terms.per_user, per_day: terms.per_day ?? null, valid_days: terms.valid_days ?? null,
    usable_until: terms.usable_until ? new Date(terms.usable_until) : null,
  };
}

export function newThreshold(now: number): ThresholdDraft {
  return { ...newOffer(now), steps: [{ from: "", off: "" }], repeats: false, precedence: 0 };
}

export function thresholdDraft(one: StudioThreshold): ThresholdDraft {
  const { steps, repeats, precedence, currency } = one.terms;
  return {
    ...offerOf(one), repeats, precedence,
    steps: steps.map(([from, off]) => ({ from: amountText(from, currency), off: amountText(off, currency) })),
  };
}

/** 0 for nothing typed, null for what is no amount. */
function minor(text: string, currency: string): number | null {
  return text.trim() ? parseMoney(text, currency) : 0;
}

function checkOffer(draft: OfferDraft) {
  const problems: Record<string, string> = {};
  const most = minor(draft.most_off, draft.currency);
  if (!draft.name_zh.trim()) problems.name_zh = "name";
  if (most === null) problems.most_off = "amount";
  if (draft.ends_at <= draft.starts_at) problems.ends_at = "dates";
  if (draft.scoped && !draft.categories.length && !draft.products.length) problems.scope = "scope";
  const terms = {
    currency: draft.currency,
    name_zh: draft.name_zh.trim(), name_en: draft.name_en.trim() || draft.name_zh.trim(),
    categories: draft.scoped ? draft.categories : [],
    products: draft.scoped ? draft.products.map(({ id }) => id) : [],
    starts_at: draft.starts_at.toISOString(), ends_at: draft.ends_at.toISOString(), most_off: most || null,
  };
  return { terms, problems };
}

export function checkCoupon(draft: CouponDraft): Checked<CouponTermsInput> {
  const { terms, problems } = checkOffer(draft);
  const off = draft.percent ? 0 : minor(draft.off, draft.currency);
  const minimum = minor(draft.minimum, draft.currency);
  if (!draft.percent && !off) problems.off = "amount";
  if (draft.percent && !draft.percent_off) problems.percent_off = "number";
  if (minimum === null) problems.minimum = "amount";
  if (draft.per_user === null) problems.per_user = "number";
  if (draft.way === "code" && !/^[0-9A-Za-z -]{6,24}$/.test(draft.code.trim())) problems.code = "code";
  if (!/^[a-z0-9-]*$/.test(draft.group)) problems.group = "group";
  if (draft.valid_days === null && !draft.usable_until) problems.valid_days = "end";
  if (draft.usable_until && draft.usable_until <= draft.starts_at) problems.usable_until = "dates";
  return {
    terms: {
      ...terms, off: off ?? 0, minimum: minimum ?? 0, way: draft.way,
      percent_off: draft.percent && draft.percent_off ? draft.percent_off : 0, group: draft.group,
      code: draft.way === "code" ? draft.code.trim() : null, total: draft.total, per_user: draft.per_user ?? undefined,
      per_day: draft.way === "drop" ? null : draft.per_day, valid_days: draft.valid_days,
      usable_until: draft.usable_until?.toISOString() ?? null,
    },
    problems,
  };
}

export function checkThreshold(draft: ThresholdDraft): Checked<ThresholdTermsInput> {
  const { terms, problems } = checkOffer(draft);
  const typed = draft.repeats ? draft.steps.slice(0, 1) : draft.steps;
  const steps = typed.map(({ from, off }) => [minor(from, draft.currency) ?? 0, minor(off, draft.currency) ?? 0]);
  steps.forEach(([from, off], at) => {
    const before = steps[at - 1]?.[0] ?? 0;
    if (!from) problems[`from-${at}`] = "amount";
    else if (from <= before) problems[`from-${at}`] = "ladder";
    if (!off) problems[`off-${at}`] = "amount";
    else if (from && off > from) problems[`off-${at}`] = "off";
  });
  return { terms: { ...terms, steps, repeats: draft.repeats, precedence: draft.precedence ?? 0 }, problems };
}
