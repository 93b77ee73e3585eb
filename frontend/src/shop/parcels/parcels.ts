/** Parcels of an order: kept live, and what is in each of them. */
import type { Line, Shipment } from "@/shared/api";

/** The newest word on each parcel, oldest parcel first. Events may come late or twice. */
export function withShipment(known: readonly Shipment[], next: Shipment): Shipment[] {
  const before = known.find(({ id }) => id === next.id);
  if (before && before.version >= next.version) return [...known];
  return [...known.filter(({ id }) => id !== next.id), next].sort((a, b) => a.id - b.id);
}

/** A list that was read, and what the socket told while it was on its way. */
export function mergeShipments(known: readonly Shipment[], read: readonly Shipment[]): Shipment[] {
  return read.reduce<Shipment[]>((all, shipment) => withShipment(all, shipment), [...known]);
}

export interface Packed {
  line: Line;
  quantity: number;
}

export function packedIn(shipment: Shipment, lines: readonly Line[]): Packed[] {
  return shipment.lines.flatMap(({ line: id, quantity }) => {
    const line = lines.find((one) => one.id === id);
    return line ? [{ line, quantity }] : [];
  });
}

/** Of what was bought; what goes back and what is sent in exchange are parcels of their own. */
export function ofOrder(shipments: readonly Shipment[]): Shipment[] {
  return shipments.filter(({ purpose }) => purpose === "order");
}

/** Where the sentences of its states are: those of what goes back are told from the other end. */
export function stateKey({ purpose, state }: Pick<Shipment, "purpose" | "state">): string {
  return `parcels.${purpose === "return" ? "return_state" : "state"}.${state}`;
}

/** Units that are in no parcel yet and were not refunded: only worth telling once there is a parcel. */
export function leftToSend(shipments: readonly Shipment[], lines: readonly Line[]): Packed[] {
  const sent = new Map<number, number>();
  for (const { line, quantity } of ofOrder(shipments).flatMap((shipment) => shipment.lines)) {
    sent.set(line, (sent.get(line) ?? 0) + quantity);
  }
  return lines.flatMap((line) => {
    const quantity = line.quantity - line.refunded_quantity - (line.id === null ? 0 : sent.get(line.id) ?? 0);
    return quantity > 0 ? [{ line, quantity }] : [];
  });
}

/** Steps as they are shown, newest first; where the carrier has seen nothing yet, that the parcel was made. */
export function stepsOf(shipment: Shipment): Shipment["events"] {
  const steps = [...shipment.events].sort((a, b) => b.at - a.at);
  if (steps.length) return steps;
  const none = { zh: "", en: "" };
  return [{ id: "created", state: "created", at: shipment.created_at, place: none, text: none }];
}
