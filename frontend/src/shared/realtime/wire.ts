/** Names for what travels over the socket: snapshots of channels, events, results of methods. */
import type { EventsOf, SnapshotOf } from "./wire.generated";

export type {
  AuthorCard as Author,
  ChatRules,
  CartCard as CartCount,
  ClaimCard as Claim,
  ClaimedCoupon,
  ConversationCard as Conversation,
  DirectCard as Direct,
  DropCondition,
  DropProgress,
  DropState,
  ErrorCode,
  FileCard as SentFile,
  GroupCard as Group,
  Figures as StudioStats,
  MembersCount,
  MembershipCard as Membership,
  Mention,
  MessageCard as Message,
  InboxCard as InboxCount,
  Methods,
  NoticeCard as Notice,
  OrderCard as OrderBrief,
  Point as StudioPoint,
  Quote,
  ReactParams,
  RelationCard as Relation,
  RoomRules,
  SaleItem,
  SanctionCard as Sanction,
  SanctionRecord,
  SaleState,
  ShareCard,
  ShowState as ShowBrief,
  StandingCard as Standing,
  StockState as StockCount,
} from "./wire.generated";

type Typed<Table> = { [Type in keyof Table]: { type: Type; at: number } & Table[Type] }[keyof Table];

export type ChatEvent = Typed<EventsOf["group"]> | Typed<EventsOf["dm"]>;
export type ShowEvent = Typed<EventsOf["show"]>;
export type SaleEvent = Typed<EventsOf["sale"]>;
export type DropEvent = Typed<EventsOf["drop"]>;
export type UserEvent = Typed<EventsOf["user"]>;
export type DeskEvent = Typed<EventsOf["desk"]>;
export type StudioEvent = Typed<EventsOf["studio"]>;

export type GroupSnapshot = SnapshotOf["group"];
export type DirectSnapshot = SnapshotOf["dm"];
export type ChatSnapshot = GroupSnapshot | DirectSnapshot;
export type ShowSnapshot = SnapshotOf["show"];
export type SaleSnapshot = SnapshotOf["sale"];
export type DropSnapshot = SnapshotOf["drop"];
export type UserSnapshot = SnapshotOf["user"];
export type DeskSnapshot = SnapshotOf["desk"];
export type StudioSnapshot = SnapshotOf["studio"];
