/** Times that are usual, in words. */
import { translate } from "@/shared/i18n";

interface Choice {
  value: string;
  label: string;
}

const secsText = (secs: number): string => translate("launch.secs", { secs });

/** In seconds. */
export function countdownChoices(presets: readonly number[]): Choice[] {
  return presets.map((secs) => ({ value: `${secs}`, label: secs === 0 ? translate("launch.now") : secsText(secs) }));
}

/** Of seconds, in minutes. */
export function durationChoices(presets: readonly number[]): Choice[] {
  return presets.map((secs) => ({
    value: `${secs / 60}`,
    label: secs < 60 ? secsText(secs) : translate("launch.minutes", { minutes: secs / 60 }),
  }));
}

export const startText = (countdown: number): string =>
  countdown === 0 ? translate("launch.at_once") : translate("launch.in_secs", { secs: countdown });
