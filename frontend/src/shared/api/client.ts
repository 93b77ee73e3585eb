/** A typed fetch: JSON in and out, CSRF, idempotency keys, one error class. */
import { noteServerTime } from "../clock";
import { ApiError, errorFrom } from "./errors";

interface Options {
  query?: Record<string, string | number | undefined>;
  /** An object is sent as JSON, a FormData as it is. */
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

function csrfToken(): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

async function csrfHeader(): Promise<Record<string, string>> {
  if (!csrfToken()) await fetch("/api/me/", { credentials: "same-origin" });
  return { "X-CSRFToken": csrfToken() };
}

function address(path: string, query: Options["query"]): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, `${value}`]]));
  return pairs.length ? `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(pairs)}` : path;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Throws `ApiError`; its code is `network` when no answer came. */
export async function request<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  const { body, idempotencyKey, query, signal } = options;
  const headers: Record<string, string> = { Accept: "application/json" };
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  let response: Response;
  try {
    if (method !== "GET") Object.assign(headers, await csrfHeader());
    response = await fetch(address(path, query), {
      method,
      headers,
      body: body === undefined ? null : isForm ? body : JSON.stringify(body),
      credentials: "same-origin",
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("network", 0);
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) noteServerTime(date);
  const answer = await bodyOf(response);
  if (!response.ok) throw errorFrom(response.status, answer);
  return answer as T;
}

export const api = {
  get: <T>(path: string, options?: Options) => request<T>("GET", path, options),
  post: <T>(path: string, body?: unknown, options?: Options) => request<T>("POST", path, { ...options, body }),
  put: <T>(path: string, body?: unknown, options?: Options) => request<T>("PUT", path, { ...options, body }),
  patch: <T>(path: string, body?: unknown, options?: Options) => request<T>("PATCH", path, { ...options, body }),
  delete: <T = null>(path: string, options?: Options) => request<T>("DELETE", path, options),
};

/** A key that names one intention: made once, sent again with every retry of it. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
