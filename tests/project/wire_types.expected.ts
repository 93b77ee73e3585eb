// Written by `make types` from the classes of the server. Do not change it by hand.
// Times are in ms since the epoch, unless a comment says otherwise.

/** A bell, as it hangs. */
export interface Bell {
  id: number;
  tone: "low" | "high" | null;
  weight?: number;
  marks: (string | null)[];
}

export interface Tower {
  bells: Bell[];
  by_name: Record<string, Bell>;
}

export interface PullParams {
  bell: number;
  /** 0–8 characters, `^[a-z]+$` */
  key: string;
  /** 1–12 */
  times?: number;
}

export type Nothing = Record<string, never>;

/** Events of `tower:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface TowerEvents {
  "bell.cracked": { bell: number };
  /** A bell has rung. Not kept: the next one replaces it. */
  "bell.rung": { bell: Bell; loud: boolean };
}

/** Events by the kind of channel. */
export interface EventsOf {
  tower: TowerEvents;
}

/** What a subscription answers, by the kind of channel. */
export interface SnapshotOf {
  tower: Tower;
}

/** Parameters and result of each method. */
export interface Methods {
  "bell.pull": [PullParams, Nothing];
}

/**
 * Why the server refuses: the code of an RPC's error, the HTTP status, and whether trying again may
 * help.
 */
export const ERRORS = {
  busy: { number: 503, status: 503, temporary: true },
  invalid: { number: 400, status: 400, temporary: false },
} as const;

/** The stable word of a refusal. */
export type ErrorCode = keyof typeof ERRORS;
