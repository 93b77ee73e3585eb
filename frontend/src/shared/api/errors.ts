/** What a server refused or could not do. `code` is the stable word; sentences are made from it, never shown raw. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: Record<string, unknown> = {},
    readonly fields: Record<string, string[]> = {},
  ) {
    super(code);
    this.name = "ApiError";
  }
}

interface Body {
  error?: { code?: string; detail?: Record<string, unknown>; fields?: Record<string, string[]> };
  errors?: { code: string; param?: string; message?: string }[];
}

const BY_STATUS: Record<number, string> = {
  400: "invalid",
  401: "login_required",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "too_large",
  429: "too_many_requests",
  503: "busy",
};

/** Reads both error bodies that the server knows: its own `{error: {…}}` and allauth's `{errors: […]}`. */
export function errorFrom(status: number, body: unknown): ApiError {
  const known = (typeof body === "object" && body !== null ? body : {}) as Body;
  if (known.error?.code) return new ApiError(known.error.code, status, known.error.detail, known.error.fields);
  const [first] = known.errors ?? [];
  if (first) {
    const fields: Record<string, string[]> = {};
    for (const { param, code } of known.errors ?? []) if (param) (fields[param] ??= []).push(code);
    return new ApiError(first.code, status, {}, fields);
  }
  return new ApiError(BY_STATUS[status] ?? (status >= 500 ? "server" : "unknown"), status);
}

export function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.code : "unknown";
}
