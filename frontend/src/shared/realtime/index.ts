export { call, onPersonal, reconnect, startRealtime, useChannel, useConnection } from "./connection";
export type { ConnectionState } from "./connection";
export * from "./drop";
export * from "./inbox";
export * from "./personal";
export * from "./room";
export * from "./sale";
export type * from "./wire";
