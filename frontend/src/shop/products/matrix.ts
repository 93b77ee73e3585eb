/** SKUs as a matrix of options: which values exist, which can still be chosen beside the others. Pure. */
import type { Sku, Translated } from "@/shared/api";

/** The chosen value (its key) of each option, by the option's key. */
export type Choice = Record<string, string>;

/** Texts in two languages have no id: the Chinese one names them, the English one where that is missing. */
export function keyOf(text: Translated): string {
  return text.zh || text.en;
}

export interface Axis {
  key: string;
  name: Translated;
  values: { key: string; value: Translated }[];
}

/** Options in the order in which the SKUs name them, each with its values. */
export function axesOf(skus: readonly Sku[]): Axis[] {
  const axes = new Map<string, Axis>();
  for (const { options } of skus) {
    for (const { name, value } of options) {
      const axis = axes.get(keyOf(name)) ?? { key: keyOf(name), name, values: [] };
      if (!axis.values.some(({ key }) => key === keyOf(value))) axis.values.push({ key: keyOf(value), value });
      axes.set(axis.key, axis);
    }
  }
  return [...axes.values()];
}

function fits(sku: Sku, choice: Choice): boolean {
  return sku.options.every(({ name, value }) => (choice[keyOf(name)] ?? keyOf(value)) === keyOf(value));
}

/** The SKU that is meant once every option is chosen, else null. */
export function chosenSku(skus: readonly Sku[], choice: Choice): Sku | null {
  const whole = axesOf(skus).every(({ key }) => choice[key] !== undefined);
  return whole ? (skus.find((sku) => fits(sku, choice)) ?? null) : null;
}

/** Whether this value, beside what is chosen of the other options, leads to a SKU that can be bought. */
export function canChoose(skus: readonly Sku[], choice: Choice, axis: string, value: string): boolean {
  return skus.some((sku) => sku.available > 0 && fits(sku, { ...choice, [axis]: value }));
}

/** Whether this value leads to a SKU that can be bought at all, whatever is chosen of the other options. */
export function isThere(skus: readonly Sku[], axis: string, value: string): boolean {
  return canChoose(skus, {}, axis, value);
}

/** The choice with this value: beside the others where that can be bought, else changing as few of them as it can. */
export function withValue(skus: readonly Sku[], choice: Choice, axis: string, value: string): Choice {
  const wanted = { ...choice, [axis]: value };
  if (canChoose(skus, choice, axis, value)) return wanted;
  const kept = (sku: Sku) => sku.options.filter((one) => choice[keyOf(one.name)] === keyOf(one.value)).length;
  const [nearest] = skus
    .filter((sku) => sku.available > 0 && fits(sku, { [axis]: value }))
    .sort((one, other) => kept(other) - kept(one));
  return nearest ? choiceOf(nearest) : wanted;
}

function choiceOf(sku: Sku | undefined): Choice {
  return Object.fromEntries(sku?.options.map(({ name, value }) => [keyOf(name), keyOf(value)]) ?? []);
}

/** What is chosen at first: the first SKU that can be bought, or simply the first. */
export function firstChoice(skus: readonly Sku[], preferred?: number): Choice {
  return choiceOf(skus.find(({ id }) => id === preferred) ?? skus.find(({ available }) => available > 0) ?? skus[0]);
}
