export { addressOf, api, newKey, request } from "./client";
export { useIntention } from "./intention";
export { ApiError, codeOf } from "./errors";
export type { Query } from "./operations";
export { usePages, type Pages } from "./pages";
export type * from "./types";
