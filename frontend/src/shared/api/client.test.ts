import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { serverNow } from "../clock";
import { api } from "./client";
import { ApiError } from "./errors";
import type { Order } from "./types";

interface Asked {
  how: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const DATE = "Sat, 01 Aug 2026 10:00:00 GMT";
const asked: Asked[] = [];
let answer: { status: number; body: string };

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part: Buffer) => { body += part.toString(); });
  request.on("end", () => {
    asked.push({ how: `${request.method} ${request.url}`, headers: request.headers, body });
    response.sendDate = false;
    response.writeHead(answer.status, { Date: DATE }).end(answer.body);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address() as AddressInfo;
  const { fetch } = globalThis;
  // A browser's fetch knows where its page came from, and what cookies it has.
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init));
  vi.stubGlobal("document", { cookie: "a=1; csrftoken=abc" });
});

beforeEach(() => {
  asked.length = 0;
  answer = { status: 200, body: "{}" };
});

afterAll(() => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

describe("a call", () => {
  it("fills the path in, and leaves out of the query what is undefined", async () => {
    await api.get("/api/orders/{number}/", { path: { number: "a/b c" } });
    await api.get("/api/orders/", { query: { state: "paid", cursor: undefined, page_size: 5 } });
    await api.get("/api/catalog/suggestions/", { query: { q: "茶 & tea" } });
    expect(asked.map(({ how }) => how)).toEqual([
      "GET /api/orders/a%2Fb%20c/",
      "GET /api/orders/?state=paid&page_size=5",
      "GET /api/catalog/suggestions/?q=%E8%8C%B6+%26+tea",
    ]);
    expect(asked[0]?.headers["x-csrftoken"]).toBeUndefined();
  });

  it("sends JSON with the token against forgery and the key of the intention", async () => {
    await api.post("/api/cart/lines/", { body: { sku: 3, quantity: 2 }, idempotencyKey: "k1" });
    expect(asked).toMatchObject([{
      how: "POST /api/cart/lines/",
      headers: { "x-csrftoken": "abc", "idempotency-key": "k1", "content-type": "application/json" },
      body: '{"sku":3,"quantity":2}',
    }]);
  });

  it("sends a form as it is, and nothing where nothing is given", async () => {
    const body = new FormData();
    body.set("file", new Blob(["tea"]), "tea.txt");
    await api.post("/api/uploads/", { body });
    await api.delete("/api/addresses/{address_id}/", { path: { address_id: 7 } });
    expect(asked[0]?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
    expect(asked[0]?.body).toContain('filename="tea.txt"');
    expect(asked[1]).toMatchObject({ how: "DELETE /api/addresses/7/", body: "" });
    expect(asked[1]?.headers["content-type"]).toBeUndefined();
  });

  it("answers what came, null for nothing, and learns the server's time", async () => {
    answer = { status: 200, body: '{"user":null}' };
    expect(await api.get("/api/me/")).toEqual({ user: null });
    expect(Math.abs(serverNow() - Date.parse(DATE))).toBeLessThan(60_000);
    answer = { status: 204, body: "" };
    expect(await api.delete("/api/addresses/{address_id}/", { path: { address_id: 7 } })).toBeNull();
  });

  it("throws the refusal of the server", async () => {
    answer = { status: 409, body: '{"error":{"code":"sold_out","detail":{"sku":3}}}' };
    await expect(api.get("/api/cart/")).rejects.toEqual(new ApiError("sold_out", 409, { sku: 3 }));
    answer = { status: 502, body: "<html>" };
    await expect(api.get("/api/cart/")).rejects.toMatchObject({ code: "server", status: 502 });
  });

  it("tells one that was given up from one that no answer came to", async () => {
    const signal = AbortSignal.abort(new Error("left"));
    await expect(api.get("/api/cart/", { signal })).rejects.toThrow("left");
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(api.get("/api/cart/")).rejects.toMatchObject({ code: "network", status: 0 });
  });
});

/** Never called: that these lines are refused is what vue-tsc looks at. */
export async function typed(): Promise<void> {
  const order: Order = await api.get("/api/orders/{number}/", { path: { number: "1" } });
  const gone: null = await api.delete("/api/addresses/{address_id}/", { path: { address_id: 1 } });
  // @ts-expect-error the answer is one order
  const orders: Order[] = await api.get("/api/orders/{number}/", { path: { number: "1" } });
  // @ts-expect-error no such path
  await api.get("/api/order/");
  // @ts-expect-error nor is it asked that way
  await api.delete("/api/orders/{number}/", { path: { number: "1" } });
  // @ts-expect-error the path needs its number
  await api.get("/api/orders/{number}/");
  // @ts-expect-error which has another name
  await api.get("/api/orders/{number}/", { path: { id: "1" } });
  // @ts-expect-error and another type
  await api.get("/api/addresses/{address_id}/", { path: { address_id: true } });
  // @ts-expect-error no such filter, beside one that there is
  await api.get("/api/orders/", { query: { state: "paid", sort: "age" } });
  // @ts-expect-error no such state
  await api.get("/api/orders/", { query: { state: "lost" } });
  // @ts-expect-error a query that is needed
  await api.get("/api/thresholds/");
  // @ts-expect-error a body that is needed
  await api.post("/api/cart/lines/");
  // @ts-expect-error nothing may be missing in it
  await api.post("/api/cart/lines/", { body: { sku: 1 } });
  // @ts-expect-error nor be in it that nobody reads
  await api.post("/api/cart/lines/", { body: { sku: 1, quantity: 1, note: "" } });
  // @ts-expect-error where all may be missing, too
  await api.patch("/api/addresses/{address_id}/", { path: { address_id: 1 }, body: { name: "Li", age: 3 } });
  // @ts-expect-error a file is sent in a form
  await api.post("/api/uploads/", { body: { file: "" } });
  // @ts-expect-error no body where none is read
  await api.post("/api/orders/{number}/cancel/", { path: { number: "1" }, body: {} });
  // @ts-expect-error no such option
  await api.get("/api/orders/", { idempotence: "k1" });
  const step = orders.length ? "cancel" : "receive";
  await api.post(`/api/orders/{number}/${step}/`, { path: { number: order.number } });
  const which = gone ? "accept" : "block";
  // @ts-expect-error of two paths, either may have been asked
  const both: null = await api.post(`/api/dms/{direct_id}/${which}/`, { path: { direct_id: 1 } });
  const act = both ? "hide" : "unhide";
  // @ts-expect-error and what is sent must be right for both
  await api.post(`/api/studio/reviews/{review_id}/${act}/`, { path: { review_id: 1 }, body: { reason: "" } });
}
