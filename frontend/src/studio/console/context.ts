import { inject, type InjectionKey } from "vue";

import type { DropDraft } from "@/shared/dropping";
import type { LaunchDraft } from "@/shared/launch";
import type {
  DropGroup, DroppableCoupon, ProductCard, ShelfItem, ShowCard, StreamKey, StreamState,
} from "@/shared/api";
import type {
  ConnectionState, DropState, PurchaseNote, RoomState, SaleState, StudioPoint, StudioStats,
} from "@/shared/realtime";

/** One show as the host works on it: what is on screen, and everything that can be done with it. */
export interface Console {
  readonly id: number;
  readonly room: RoomState;
  readonly shelf: ShelfItem[];
  /** All of the show, closed ones too, by the time of their start. */
  readonly sales: SaleState[];
  readonly drops: DropState[];
  /** Paid orders as the room saw them, oldest first. */
  readonly notes: PurchaseNote[];
  readonly stats: StudioStats | null;
  readonly series: StudioPoint[];
  /** What arrives from the host's encoder; it can be watched here before the show goes live. */
  readonly stream: StreamState | null;
  readonly connection: ConnectionState;
  readonly onAir: boolean;
  /** Which actions wait for their answer, by name: `sale.stop:9`, `add:4`, `end`. */
  readonly busy: ReadonlySet<string>;
  togglePin: (item: ShelfItem) => Promise<void>;
  markSoldOut: (item: ShelfItem, soldOut: boolean) => Promise<void>;
  reorder: (ids: number[]) => Promise<void>;
  add: (product: ProductCard) => Promise<void>;
  remove: (item: ShelfItem) => Promise<void>;
  /** Null when it is scheduled or running, else the sentence to show in the form. */
  launch: (draft: LaunchDraft, key: string) => Promise<string | null>;
  stop: (sale: SaleState) => Promise<void>;
  saleChanged: (sale: SaleState) => void;
  droppable: () => Promise<DroppableCoupon[]>;
  dropGroups: () => Promise<DropGroup[]>;
  /** As `launch`. */
  drop: (draft: DropDraft, key: string) => Promise<string | null>;
  stopDrop: (drop: DropState) => Promise<void>;
  dropChanged: (drop: DropState) => void;
  /** Sends anew under the same key when `key` is that of a line that failed. */
  send: (text: string, key?: string) => Promise<void>;
  discard: (key: string) => void;
  /** The title, the time or the cover were changed. */
  showIs: (show: ShowCard) => void;
  goLive: () => Promise<void>;
  end: () => Promise<void>;
  rotateKey: () => Promise<StreamKey | null>;
}

export const CONSOLE: InjectionKey<Console> = Symbol("console");

export function useConsole(): Console {
  const found = inject(CONSOLE);
  if (!found) throw new Error("this component belongs inside a console page");
  return found;
}
