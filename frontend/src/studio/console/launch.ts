import { translate } from "@/shared/i18n";

export const countdownLabel = (secs: number): string =>
  secs === 0 ? translate("studio.launch.now") : translate("studio.launch.chipSecs", { secs });

export const durationLabel = (secs: number): string => secs < 60 || secs % 60
  ? translate("studio.launch.chipSecs", { secs })
  : translate("studio.launch.chipMinutes", { minutes: secs / 60 });
