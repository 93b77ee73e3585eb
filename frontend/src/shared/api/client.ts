/** A fetch with the types of the OpenAPI document: JSON in and out, CSRF, idempotency keys, one error class. */
import { noteServerTime } from "../clock";
import { ApiError, errorFrom } from "./errors";
import type { Call, Given, Method, PathWith, Sent } from "./operations";

function csrfToken(): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

async function csrfHeader(): Promise<Record<string, string>> {
  if (!csrfToken()) await fetch("/api/me/", { credentials: "same-origin" });
  return { "X-CSRFToken": csrfToken() };
}

function filled(template: string, { path = {}, query = {} }: Sent = {}): string {
  const address = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(`${path[name]}`));
  const pairs = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, `${value}`]]));
  return pairs.length ? `${address}${address.includes("?") ? "&" : "?"}${new URLSearchParams(pairs)}` : address;
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

/** For what the OpenAPI document does not describe. Throws `ApiError`; its code is `network` when no answer came. */
export async function request<T>(method: Method, path: string, options: Sent = {}): Promise<T> {
  const { body, idempotencyKey, signal } = options;
  const headers: Record<string, string> = { Accept: "application/json" };
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  let response: Response;
  try {
    if (method !== "get") Object.assign(headers, await csrfHeader());
    response = await fetch(filled(path, options), {
      method: method.toUpperCase(),
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

/** Where a browser goes by itself: what it downloads or opens. */
export function addressOf<P extends PathWith<"get">>(path: P, ...[options]: Given<P, "get">): string {
  return filled(path, options);
}

function call<M extends Method>(method: M): Call<M> {
  return (path, ...[options]) => request(method, path, options);
}

export const api = {
  get: call("get"),
  post: call("post"),
  put: call("put"),
  patch: call("patch"),
  delete: call("delete"),
};

/** A key that names one intention: made once, sent again with every retry of it. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
