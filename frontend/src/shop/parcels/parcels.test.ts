import { expect, it } from "vitest";

import type { Line, Shipment } from "@/shared/api";

import { leftToSend, mergeShipments, ofOrder, packedIn, stateKey, stepsOf, withShipment } from "./parcels";

const text = (words: string) => ({ zh: words, en: words });
const money = { amount: 100, currency: "CNY" };
const line = (id: number, quantity: number, refunded = 0): Line => ({
  id,
  sku: id,
  title: text(`item ${id}`),
  options: [],
  picture: null,
  quantity,
  unit_price: money,
  list_price: null,
  total: money,
  discount: { amount: 0, currency: "CNY" },
  discounts: [],
  refunded_quantity: refunded,
  not_returned: null,
});
const parcel = (id: number, version: number, changes: Partial<Shipment> = {}): Shipment => ({
  id,
  order: "2026",
  purpose: "order",
  carrier: "simulated",
  carrier_name: text("Simulated"),
  number: `SF${id}`,
  state: "in_transit",
  version,
  lines: [{ line: 1, quantity: 1 }],
  events: [],
  created_at: 1000,
  delivered_at: null,
  ...changes,
});
const step = (id: string, at: number) => {
  return { id, at, state: "in_transit" as const, place: text("Hangzhou"), text: text("On its way") };
};

it("keeps the newest word on each parcel, oldest parcel first", () => {
  const known = withShipment([parcel(2, 1)], parcel(1, 3));
  expect(known.map(({ id, version }) => [id, version])).toEqual([[1, 3], [2, 1]]);
  expect(withShipment(known, parcel(1, 2))).toEqual(known);
  expect(withShipment(known, parcel(2, 2)).map(({ version }) => version)).toEqual([3, 2]);
});

it("does not fall behind the socket with a list that was read earlier", () => {
  const merged = mergeShipments([parcel(1, 5)], [parcel(1, 4), parcel(2, 1)]);
  expect(merged.map(({ id, version }) => [id, version])).toEqual([[1, 5], [2, 1]]);
});

it("tells what is in a parcel, and what is left to send of a split order", () => {
  const lines = [line(1, 3), line(2, 2, 1)];
  const first = parcel(1, 1, { lines: [{ line: 1, quantity: 2 }, { line: 9, quantity: 1 }] });
  const packed = (list: { line: Line; quantity: number }[]) => list.map((one) => [one.line.id, one.quantity]);
  expect(packed(packedIn(first, lines))).toEqual([[1, 2]]);
  expect(packed(leftToSend([first], lines))).toEqual([[1, 1], [2, 1]]);
  const rest = parcel(2, 1, { lines: [{ line: 1, quantity: 1 }, { line: 2, quantity: 1 }] });
  expect(leftToSend([first, rest], lines)).toEqual([]);
  const back = parcel(3, 1, { purpose: "return", lines: [{ line: 1, quantity: 1 }] });
  expect(packed(leftToSend([first, back], lines))).toEqual([[1, 1], [2, 1]]);
  expect(ofOrder([first, back])).toEqual([first]);
  expect([first, back].map(stateKey)).toEqual(["parcels.state.in_transit", "parcels.return_state.in_transit"]);
});

it("shows the newest step first, and that a parcel was made before anybody saw it", () => {
  expect(stepsOf(parcel(1, 1, { events: [step("a", 1), step("b", 2)] })).map(({ id }) => id)).toEqual(["b", "a"]);
  expect(stepsOf(parcel(1, 1)).map(({ state, at }) => [state, at])).toEqual([["created", 1000]]);
});
