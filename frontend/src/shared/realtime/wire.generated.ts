// Written by `make types` from the classes of the server. Do not change it by hand.
// Times are in ms since the epoch, unless a comment says otherwise.

/** What everyone may see of a user: in messages, shows and lists. */
export interface Card {
  id: number;
  display_name: string;
  avatar: string | null;
}

/** The same as moderators see it. */
export interface SanctionRecord {
  id: number;
  scope: string;
  place: string;
  kind: "warning" | "mute" | "kick" | "ban" | "shadow_mute";
  reason: "spam" | "abuse" | "hate" | "sexual" | "violence" | "fraud" | "privacy" | "minors" | "illegal" | "impersonation" | "other";
  rule: string;
  starts_at: number;
  expires_at: number | null;
  lifted_at: number | null;
  appeal: "open" | "upheld" | "overturned" | null;
  may_appeal: boolean;
  version: number;
  user: Card;
  note: string;
  by: Card | null;
  lifted_by: Card | null;
  lifted_why: string;
  hides_earlier: boolean;
}

export interface AppealCard {
  id: number;
  sanction: SanctionRecord;
  text: string;
  state: "open" | "upheld" | "overturned";
  at: number;
  answer: string;
  decided_by: Card | null;
  decided_at: number | null;
  mine: boolean;
  version: number;
}

/** What a thing looked like when it was first reported. */
export interface CopyCard {
  text: string;
  title?: string;
  seq?: number;
  at?: number;
}

/** A thing that was reported, in its `version`: an older one is to be ignored. */
export interface ReportedCard {
  id: number;
  kind: "message" | "user" | "group";
  target: string;
  scope: string;
  place: string;
  subject: Card | null;
  copy: CopyCard;
  state: "open" | "decided";
  weight: number;
  reports: number;
  reasons: ("spam" | "abuse" | "hate" | "sexual" | "violence" | "fraud" | "privacy" | "minors" | "illegal" | "impersonation" | "other")[];
  rule: string;
  hidden: boolean;
  opened_at: number;
  reported_at: number;
  decision: "keep" | "remove" | "warn" | "mute" | "kick" | "ban" | "shadow" | null;
  decided_by: Card | null;
  decided_at: number | null;
  version: number;
}

/** Who has which case before them. */
export interface LookCard {
  case: number;
  moderator: Card;
}

/** `role` is what the author is in this room. */
export interface AuthorCard {
  id: number;
  display_name: string;
  avatar: string | null;
  role: "host" | "moderator" | null;
}

/** The message that is replied to, in its `version`: the beginning of its text, empty once it is gone. */
export interface Quote {
  seq: number;
  author: Card;
  text: string;
  recalled: boolean;
  version: number;
  attached?: "file" | "image" | "card" | "line";
}

/**
 * Somebody is mentioned, everybody where `user` is null: in the text from `start` on, in UTF-16 code
 * units.
 */
export interface Mention {
  user: number | null;
  start: number;
  length: number;
}

/**
 * `upload` is its name to the server, `name` what its owner calls it, `size` in bytes; of a picture,
 * `width` and `height` in pixels.
 */
export interface FileCard {
  kind: "image" | "file";
  upload: string;
  name: string;
  type: string;
  size: number;
  width?: number;
  height?: number;
}

/** A text in both languages. */
export interface Wordings {
  zh: string;
  en: string;
}

/**
 * Something that somebody shows, as it was then: `about` (`product:12`) is where to look for how it is
 * now.
 */
export interface ShareCard {
  about: string;
  title: Wordings;
  picture: string | null;
  amount: number | null;
  currency: string | null;
}

/** What the group says by itself: the message's author has done it, to these `people` if to any. */
export interface LineCard {
  what: "joined" | "left" | "removed" | "renamed" | "announced" | "appointed" | "dismissed" | "transferred";
  people: Card[];
  title: string;
}

/** What a page says of itself: text, empty where it says nothing. */
export interface PreviewCard {
  url: string;
  title: string;
  text: string;
  site: string;
}

/** Messages order by `seq`. `key` is the author's own name for it: a repeated send is the same message. */
export interface MessageCard {
  id: number;
  seq: number;
  author: AuthorCard;
  text: string;
  key: string;
  at: number;
  change: number;
  version?: number;
  reply?: Quote;
  reactions?: Record<string, number>;
  mentions?: Mention[];
  file?: FileCard;
  card?: ShareCard;
  line?: LineCard;
  preview?: PreviewCard;
  edited_at?: number;
  pinned_at?: number;
  recalled?: boolean;
  hidden?: boolean;
}

/** A text in both languages. */
export interface Texts {
  zh: string;
  en: string;
}

/** `amount` in minor units of `currency`, an ISO 4217 code. */
export interface MoneyJSON {
  amount: number;
  currency: string;
}

export interface CategoryCard {
  slug: string;
  name: Texts;
}

/** What it is worth: `off`, or `percent_off` (15: 15 % less) up to `most_off`, from `minimum` on. */
export interface CouponCard {
  id: number;
  name: Texts;
  off: MoneyJSON | null;
  percent_off: number;
  most_off: MoneyJSON | null;
  minimum: MoneyJSON;
  group: string;
  categories: CategoryCard[];
  products: number[];
}

/** What a condition is about, where that is not the place of the drop: `group:12`. */
export interface ConditionPlace {
  channel: string;
  title: string;
}

/** What one must have done to claim: at least so much of a kind. */
export interface DropCondition {
  kind: string;
  least: number;
  of: ConditionPlace | null;
}

/** So many coupons for whoever claims first, one a person. `channel` is where they were dropped. */
export interface DropState {
  id: number;
  channel: string;
  state: "scheduled" | "open" | "closed";
  starts_at: number;
  ends_at: number;
  version: number;
  close_reason: "gone" | "ended" | "stopped" | null;
  coupon: CouponCard;
  valid_days: number | null;
  usable_until: number | null;
  quantity: number;
  given: number;
  conditions: DropCondition[];
}

export interface Announcement {
  text: string;
  by: Card | null;
  at: number;
}

/**
 * A group as its members see it; an older `version` is to be ignored. `managers`: their user ids,
 * ascending.
 */
export interface GroupCard {
  id: number;
  title: string;
  picture: string | null;
  announcement: Announcement | null;
  join_policy: "open" | "approval" | "question" | "invite";
  question: string;
  mention_all: "managers" | "everyone";
  history: "all" | "since_joining";
  capacity: number;
  owner: Card;
  managers: number[];
  closed_at: number | null;
  version: number;
}

/** What holds in a channel now. A smaller `version` is older; 0: nothing was ever set. */
export interface RoomRules {
  slow_mode_secs: number;
  followers_only: boolean;
  min_account_age_secs: number;
  links: boolean;
  chat: boolean;
  held: boolean;
  raid_until: number | null;
  version: number;
}

export interface Option {
  name: Texts;
  value: Texts;
}

/**
 * `list_price` is what to strike through: the lowest of the seven days before, where that is above
 * `price`.
 */
export interface SaleItem {
  sku: number;
  total: number;
  held: number;
  sold: number;
  product: number;
  title: Texts;
  picture: string | null;
  options: Option[];
  price: MoneyJSON;
  list_price: MoneyJSON | null;
  limit: number;
}

/** `channel` is where the sale was launched. A state with a smaller `version` is older. */
export interface SaleState {
  id: number;
  channel: string;
  state: "scheduled" | "open" | "closed";
  starts_at: number;
  ends_at: number;
  version: number;
  close_reason: "sold_out" | "ended" | "stopped" | null;
  items: SaleItem[];
}

/** A direct chat as both see it. `requested_by`: who asked for it, until the other one has accepted. */
export interface DirectCard {
  id: number;
  people: Card[];
  requested_by: number | null;
  version: number;
}

/** Of `total` units, how many are held and how many are sold. */
export interface StockState {
  sku: number;
  total: number;
  held: number;
  sold: number;
}

/**
 * `price` is the lowest of the product's SKUs; `list_price` is what to strike through beside it, if
 * anything: the lowest of the seven days before it was lowered. `picture` is an absolute path,
 * `picture_ratio` its width over its height where that is known.
 */
export interface ProductCard {
  id: number;
  title: Texts;
  picture: string | null;
  picture_ratio: number | null;
  price: MoneyJSON;
  list_price: MoneyJSON | null;
  in_stock: boolean;
}

/**
 * An item as clients see it. `sold_out` is the host's mark; whether there is stock is the product's
 * `in_stock`.
 */
export interface ItemCard {
  id: number;
  number: number;
  sold_out: boolean;
  pinned: boolean;
  product: ProductCard;
}

/** Times in ms since the epoch. An event with a smaller `version` is older. */
export interface ShowState {
  id: number;
  title: string;
  state: "scheduled" | "live" | "ended";
  cover: string | null;
  host: Card;
  scheduled_at: number | null;
  started_at: number | null;
  ended_at: number | null;
  version: number;
}

/** Where to watch now; `url` is null while there is nothing to watch. A smaller `version` is older. */
export interface Playback {
  url: string | null;
  live: boolean;
  version: number;
}

/** A show up to now. `gmv`: what was paid, in the shop's currency; `claims`: how many were won. */
export interface Figures {
  viewers: number;
  likes: number;
  orders_paid: number;
  gmv: MoneyJSON;
  claims: number;
  messages: number;
}

/**
 * How the picture comes in. `connected_at` is ISO 8601; `latency_ms`: how far viewers are behind the
 * encoder.
 */
export interface Health {
  bitrate_kbps: number;
  fps: number;
  width: number | null;
  height: number | null;
  dropped_frames: number;
  connected_at: string;
  latency_ms: number;
}

/**
 * `refund` is what goes back if it ends well, freight included, and so are `points`; `deadline` in ms
 * since the epoch.
 */
export interface CaseCard {
  id: number;
  order: string;
  line: number;
  kind: "refund_only" | "return_and_refund" | "exchange";
  state: "requested" | "declined" | "awaiting_return" | "returned" | "received_back" | "resent" | "exchanged" | "refunding" | "refunded" | "closed";
  quantity: number;
  refund: MoneyJSON;
  points: number;
  deadline: number | null;
  version: number;
}

/** What somebody else is to the person who asks. `request`: one that is open, and which way it goes. */
export interface RelationCard {
  following: boolean;
  followed_by: boolean;
  friends: boolean;
  request: "sent" | "received" | null;
  blocked: boolean;
}

/** Counts; `requests` wait for the person's answer. One with a smaller `version` is older. */
export interface StandingCard {
  followers: number;
  following: number;
  friends: number;
  requests: number;
  version: number;
}

/** For the badge: `count` lines with `units` in all. A card with a smaller `version` is older. */
export interface CartCard {
  version: number;
  count: number;
  units: number;
}

/** Units that a shopper won. `position` is the claim's place among all of its sale. */
export interface ClaimCard {
  id: number;
  sale: number;
  sku: number;
  quantity: number;
  unit_price: MoneyJSON;
  state: "held" | "sold" | "released";
  position: number;
  expires_at: number;
  title: Texts;
  picture: string | null;
  options: Option[];
}

/** A group in a list. */
export interface GroupBrief {
  id: number;
  title: string;
  picture: string | null;
  version: number;
}

/**
 * A direct chat in the list of one of the two. `request`: `sent` and `received` ones are not accepted
 * yet, and one that this person has `declined` does not belong into the list.
 */
export interface DirectBrief {
  id: number;
  peer: Card;
  request: "none" | "sent" | "received" | "declined";
  version: number;
}

/**
 * One's own place in a conversation. A smaller `id`, and with the same id a smaller `version`, is
 * older.
 */
export interface MembershipCard {
  id: number;
  role: "owner" | "manager" | "member";
  joined_at: number;
  joined_seq: number;
  read_seq: number;
  muted: boolean;
  pinned_at: number | null;
  version: number;
}

/** A conversation in the list of one of its members: a group or a direct chat. */
export interface ConversationCard {
  channel: string;
  group: GroupBrief | null;
  dm: DirectBrief | null;
  membership: MembershipCard;
  last_seq: number;
}

/** A coupon that the person has; `id` is what checkout takes. Times in ms. */
export interface GrantCard {
  id: number;
  coupon: CouponCard;
  state: "usable" | "locked" | "used" | "expired";
  usable_until: number;
}

export interface NoticeTitle {
  zh: string;
  en: string;
}

/**
 * `seq` orders an inbox; a notice that gets news moves up by a new one, and a card with a smaller
 * `seq` is older.
 */
export interface NoticeCard {
  id: number;
  seq: number;
  kind: "follow" | "friend_request" | "friend_accepted" | "show_live" | "order" | "case" | "coupon" | "mention" | "group_request" | "sanction" | "report" | "held" | "stock" | "appeal";
  people: Card[];
  count: number;
  about: string;
  title: NoticeTitle | null;
  text: string;
  word: string;
  until: number | null;
  at: number;
  read: boolean;
}

/** `unread` of all notices. One with a smaller `version` is older. */
export interface InboxCard {
  unread: number;
  version: number;
}

/** `expires_at` in ms since the epoch. A card with a smaller `version` is older. */
export interface OrderCard {
  number: string;
  state: "pending_payment" | "paid" | "shipped" | "received" | "completed" | "closed";
  total: MoneyJSON;
  expires_at: number;
  version: number;
}

/**
 * What a person is held to, as that person sees it. `scope`: `site`, or a channel. `rule`: what was
 * broken, in words; empty where `reason` says it all. `expires_at` null: until it is lifted. A smaller
 * `version` is older.
 */
export interface SanctionCard {
  id: number;
  scope: string;
  place: string;
  kind: "warning" | "mute" | "kick" | "ban" | "shadow_mute";
  reason: "spam" | "abuse" | "hate" | "sexual" | "violence" | "fraud" | "privacy" | "minors" | "illegal" | "impersonation" | "other";
  rule: string;
  starts_at: number;
  expires_at: number | null;
  lifted_at: number | null;
  appeal: "open" | "upheld" | "overturned" | null;
  may_appeal: boolean;
  version: number;
}

/** `line` is the id of the order's line. */
export interface ShippedLine {
  line: number;
  quantity: number;
}

/** `at` in ms, by the carrier's clock. */
export interface TrackingCard {
  id: string;
  state: "created" | "picked_up" | "in_transit" | "out_for_delivery" | "delivered" | "exception" | "returned";
  at: number;
  place: Texts;
  text: Texts;
}

/** A parcel to the buyer, back from there (`return`), or in exchange (`replacement`). */
export interface ShipmentCard {
  id: number;
  order: string;
  purpose: "order" | "return" | "replacement";
  carrier: string;
  carrier_name: Texts;
  number: string;
  state: "created" | "picked_up" | "in_transit" | "out_for_delivery" | "delivered" | "exception" | "returned";
  version: number;
  lines: ShippedLine[];
  events: TrackingCard[];
  created_at: number;
  delivered_at: number | null;
}

/** A card with a smaller `version` is older. */
export interface TopUpCard {
  id: number;
  number: string;
  state: "started" | "succeeded" | "failed" | "closed";
  amount: MoneyJSON;
  version: number;
}

/** A card with a smaller `version` is older; each currency is a wallet of its own. */
export interface WalletCard {
  balance: MoneyJSON;
  version: number;
}

/**
 * What waits. Who looks at what is said again every ten seconds. `held_version`: of the count of those
 * held.
 */
export interface DeskSnapshot {
  open_cases: number;
  open_appeals: number;
  held: number;
  held_version: number;
}

/** An older `version` is to be ignored; it comes from the same counter as the group's. */
export interface MembersCount {
  count: number;
  version: number;
}

/**
 * Up to which message a member has read. A smaller `membership` of the same user is older; `seq` only
 * grows.
 */
export interface ReadCard {
  user: number;
  membership: number;
  seq: number;
}

export interface ChatRules {
  max_length: number;
  slow_mode_secs: number;
}

/**
 * `messages`: the last ones that one may read, the newest last; who is the owner or a manager stands
 * in `group`.
 */
export interface GroupSnapshot {
  group: GroupCard;
  members: MembersCount;
  membership: MembershipCard;
  messages: MessageCard[];
  pinned: MessageCard[];
  reacted: Record<string, string[]>;
  reads: ReadCard[] | null;
  last_seq: number;
  last_change: number;
  chat: ChatRules;
  rules: RoomRules;
}

/** As `GroupSnapshot`, of a direct chat, where nothing can be set. */
export interface DirectSnapshot {
  dm: DirectCard;
  membership: MembershipCard;
  messages: MessageCard[];
  pinned: MessageCard[];
  reacted: Record<string, string[]>;
  last_seq: number;
  last_change: number;
  chat: ChatRules;
}

/** `mine`: all of the caller's claims in this sale; of a guest, none. */
export interface SaleSnapshot {
  sale: SaleState;
  mine: ClaimCard[];
}

/** What the person got of a drop, and as the how manieth. */
export interface ClaimedCoupon {
  grant: GrantCard;
  position: number;
}

/** How far the person is. */
export interface DropProgress {
  kind: string;
  least: number;
  of: ConditionPlace | null;
  have: number;
}

/**
 * `mine`: what the caller got; `progress`: how far the caller is with each condition, as long as that
 * matters.
 */
export interface DropSnapshot {
  drop: DropState;
  mine: ClaimedCoupon | null;
  progress: DropProgress[];
}

/**
 * What has a version up to `show.version` is in it. `sales` and `drops` are scheduled or open; of
 * `messages`, the newest is the last.
 */
export interface RoomSnapshot {
  show: ShowState;
  playback: Playback;
  pinned: ItemCard[];
  shelf_count: number;
  sales: SaleState[];
  drops: DropState[];
  messages: MessageCard[];
  last_seq: number;
  viewers: number;
  likes: number;
  chat: ChatRules;
  rules: RoomRules;
}

/** A minute: `at` is its beginning, `gmv` in minor units. */
export interface Point {
  at: number;
  viewers: number;
  orders: number;
  gmv: number;
}

export interface StudioSnapshot {
  stats: Figures;
  series: Point[];
}

/**
 * Claims that are held, orders that are unpaid, how much is in the cart, how the person stands with
 * others, how many messages in groups and direct chats, and how many notices, are unread, and what the
 * person is held to.
 */
export interface PersonalSnapshot {
  claims: ClaimCard[];
  orders: OrderCard[];
  cart: CartCard;
  people: StandingCard;
  unread: number;
  notices: InboxCard;
  sanctions: SanctionCard[];
}

/**
 * `reply_to`: the number (`seq`) of a message in the same channel. With an `upload` of one's own, or
 * the `card` of something that one may show (`product:12`), the text may be empty.
 */
export interface SendParams {
  /** 0–64 characters */
  channel: string;
  /** 0–8192 characters */
  text: string;
  /** 0–64 characters, `^[!-~]+$` */
  key: string;
  reply_to?: number | null;
  /** 0–50 characters */
  mentions?: Mention[];
  upload?: string | null;
  card?: string | null;
}

export interface SendReply {
  message: MessageCard;
}

export interface EditParams {
  /** 0–64 characters */
  channel: string;
  /** 1–9007199254740992 */
  seq: number;
  /** 0–8192 characters */
  text: string;
  /** 0–50 characters */
  mentions?: Mention[];
}

export interface MessageParams {
  /** 0–64 characters */
  channel: string;
  /** 1–9007199254740992 */
  seq: number;
}

export interface ReactParams {
  /** 0–64 characters */
  channel: string;
  /** 1–9007199254740992 */
  seq: number;
  emoji: "\ud83d\udc4d" | "\u2764\ufe0f" | "\ud83d\ude02" | "\ud83c\udf89" | "\ud83d\ude2e" | "\ud83d\ude22" | "\ud83d\udd25" | "\ud83d\udc4f" | "\ud83d\ude4f" | "\ud83d\udcaf" | "\ud83d\udc40" | "\u2705";
}

export interface TypingParams {
  /** 0–64 characters */
  channel: string;
}

export interface ReadParams {
  /** 0–64 characters, `^(group|dm):[1-9][0-9]{0,17}$` */
  channel: string;
  /** 0–9007199254740992 */
  seq: number;
}

export interface ReadReply {
  membership: MembershipCard;
}

/** What is left out stays. `raid_secs` 0 ends the raid mode. */
export interface SetParams {
  /** 0–64 characters */
  channel: string;
  slow_mode_secs?: number | null;
  followers_only?: boolean | null;
  min_account_age_secs?: number | null;
  links?: boolean | null;
  chat?: boolean | null;
  held?: boolean | null;
  raid_secs?: number | null;
}

export interface RoomReply {
  rules: RoomRules;
}

/** The id of a message, not its number. */
export interface HideParams {
  /** 1–9007199254740992 */
  message: number;
}

/**
 * `secs` left out: until it is lifted; a warning and a kick have their own length. `hide`: what that
 * person has said there in the last day goes out of sight with it. `key`: the same again gives the
 * same sanction.
 */
export interface SanctionParams {
  /** 0–64 characters */
  channel: string;
  /** 0–64 characters, `^[!-~]+$` */
  key: string;
  /** 1–9007199254740992 */
  user: number;
  kind: "warning" | "mute" | "kick" | "ban" | "shadow_mute";
  reason?: "spam" | "abuse" | "hate" | "sexual" | "violence" | "fraud" | "privacy" | "minors" | "illegal" | "impersonation" | "other";
  secs?: number | null;
  /** 0–200 characters */
  rule?: string;
  /** 0–500 characters */
  note?: string;
  hide?: boolean;
}

export interface SanctionReply {
  sanction: SanctionRecord;
}

export interface LiftParams {
  /** 1–9007199254740992 */
  sanction: number;
  /** 0–500 characters */
  why?: string;
}

/** `case` 0: at none any more. */
export interface LookParams {
  /** 0–9007199254740992 */
  case: number;
}

export interface ClaimParams {
  sale: number;
  sku: number;
  /** 0–64 characters, `^[!-~]+$` */
  key: string;
  /** 1–99 */
  quantity?: number;
}

/** `claim` is its id; its card follows in the shopper's own channel. */
export interface ClaimReply {
  status: "won";
  claim: number;
  position: number;
  expires_at: number;
}

export interface DropClaimParams {
  drop: number;
  /** 0–64 characters, `^[!-~]+$` */
  key: string;
}

/** `grant` is its id; the coupon itself comes in the person's own channel. */
export interface DropClaimReply {
  status: "won";
  grant: number;
  position: number;
  usable_until: number;
}

export interface TapParams {
  show: number;
  /** 1–50 */
  count: number;
}

/** The answer to a method that has nothing to say. */
export type Nothing = Record<string, never>;

export interface PinParams {
  show: number;
  item: number;
}

/** Ids of all items that are explained now, the earliest first. */
export interface PinReply {
  pinned: number[];
}

/** In a `show`: of what is on its shelf. */
export interface LaunchParams {
  sku: number;
  /** 1–1000000000000 */
  price: number;
  /** 1–1000000 */
  total: number;
  /** 1–1000000 */
  limit: number;
  /** 0–300 */
  countdown: number;
  /** 60–1200 */
  duration: number;
  /** 0–64 characters, `^[!-~]+$` */
  key: string;
  show: number;
}

export interface SaleReply {
  sale: SaleState;
}

/** For the members of a `group`: of what `/api/groups/<id>/sellable-products/` names. */
export interface OfferParams {
  sku: number;
  /** 1–1000000000000 */
  price: number;
  /** 1–1000000 */
  total: number;
  /** 1–1000000 */
  limit: number;
  /** 0–300 */
  countdown: number;
  /** 60–1200 */
  duration: number;
  /** 0–64 characters, `^[!-~]+$` */
  key: string;
  group: number;
}

export interface StopParams {
  sale: number;
}

export interface ScreenParams {
  show: number;
  visible: boolean;
}

/**
 * A new coupon: `off`, or `percent_off` (15: 15 % less) up to `most_off`, from `minimum` on; in minor
 * units.
 */
export interface DropTerms {
  /** 0–60 characters */
  name?: string;
  /** 0–1000000000000 */
  off?: number;
  /** 0–99 */
  percent_off?: number;
  most_off?: number | null;
  /** 0–1000000000000 */
  minimum?: number;
  /** 1–365 */
  valid_days?: number;
}

/** A `coupon` that is there, by its id, or the `terms` of a new one. Times in seconds. */
export interface LaunchDropParams {
  show: number;
  /** 1–100000 */
  quantity: number;
  /** 0–300 */
  countdown: number;
  /** 10–3600 */
  duration: number;
  /** 0–64 characters, `^[!-~]+$` */
  key: string;
  coupon?: number | null;
  terms?: DropTerms | null;
  /** 0–600 */
  watch_minutes?: number;
  follow?: boolean;
  group?: number | null;
}

export interface DropReply {
  drop: DropState;
}

/** For the members of a `group`: a `coupon` by its id, or the `terms` of a new one. Times in seconds. */
export interface OfferDropParams {
  group: number;
  /** 1–100000 */
  quantity: number;
  /** 0–300 */
  countdown: number;
  /** 10–3600 */
  duration: number;
  /** 0–64 characters, `^[!-~]+$` */
  key: string;
  coupon?: number | null;
  terms?: DropTerms | null;
}

export interface StopDropParams {
  drop: number;
}

/** Events of `desk:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface DeskEvents {
  /** An appeal as it is now; `mine` is left false for everyone. */
  "appeal.changed": { appeal: AppealCard };
  /**
   * A case as it is now: opened, reported again, hidden, decided or taken up again; older versions are
   * ignored.
   */
  "case.changed": { case: ReportedCard };
  /**
   * A moderator has a case before them, or (`case` 0) none; it is so for half a minute. Not kept: the
   * next one replaces it.
   */
  "case.looked": { look: LookCard };
  /**
   * So many messages wait for a moderator; an older `version` than the one known is to be ignored. Not
   * kept: the next one replaces it.
   */
  "held.counted": { count: number; version: number };
}

/** Events of `group:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface GroupEvents {
  /** Its author has worded it anew. */
  "chat.edited": { message: MessageCard };
  /** Moderators, or as many reports as it takes, have put it out of sight. */
  "chat.hidden": { message: MessageCard };
  /** It stands above the conversation until it is unpinned. */
  "chat.pinned": { message: MessageCard };
  /** It shows what its link leads to. */
  "chat.previewed": { message: MessageCard };
  /** Somebody (`by`, a user id) reacts with the emoji, or no longer does (`added` is false). */
  "chat.reacted": { message: MessageCard; by: number; emoji: string; added: boolean };
  /** Its author, or whoever runs the conversation, has taken it back. */
  "chat.recalled": { message: MessageCard };
  /** It is in sight again, as it was. */
  "chat.restored": { message: MessageCard };
  /** A message stands in its conversation; messages order by their `seq`. */
  "chat.sent": { message: MessageCard };
  /**
   * Somebody is writing; it is so for five seconds, unless a message of theirs comes. Not kept: the next
   * one replaces it.
   */
  "chat.typing": { user: Card };
  "chat.unpinned": { message: MessageCard };
  "drop.closed": { drop: DropState };
  "drop.opened": { drop: DropState };
  "drop.scheduled": { drop: DropState };
  /** The group as it is now; an older `group["version"]` is to be ignored. `closed_at`: it was dissolved. */
  "group.changed": { group: GroupCard };
  /** How many are in the group; an older `version` is to be ignored. Not kept: the next one replaces it. */
  "members.counted": { count: number; version: number };
  /**
   * A member of a group that is not large has read up to `seq`; null: this membership has ended. Not
   * kept: the next one replaces it.
   */
  "read.moved": { user: number; membership: number; seq: number | null };
  /** What holds in the room or group now; older `rules["version"]` are to be ignored. */
  "room.changed": { rules: RoomRules };
  "sale.closed": { sale: SaleState };
  "sale.opened": { sale: SaleState };
  "sale.scheduled": { sale: SaleState };
}

/** Events of `dm:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface DmEvents {
  /** Its author has worded it anew. */
  "chat.edited": { message: MessageCard };
  /** Moderators, or as many reports as it takes, have put it out of sight. */
  "chat.hidden": { message: MessageCard };
  /** It stands above the conversation until it is unpinned. */
  "chat.pinned": { message: MessageCard };
  /** It shows what its link leads to. */
  "chat.previewed": { message: MessageCard };
  /** Somebody (`by`, a user id) reacts with the emoji, or no longer does (`added` is false). */
  "chat.reacted": { message: MessageCard; by: number; emoji: string; added: boolean };
  /** Its author, or whoever runs the conversation, has taken it back. */
  "chat.recalled": { message: MessageCard };
  /** It is in sight again, as it was. */
  "chat.restored": { message: MessageCard };
  /** A message stands in its conversation; messages order by their `seq`. */
  "chat.sent": { message: MessageCard };
  /**
   * Somebody is writing; it is so for five seconds, unless a message of theirs comes. Not kept: the next
   * one replaces it.
   */
  "chat.typing": { user: Card };
  "chat.unpinned": { message: MessageCard };
  /** The direct chat as it is now; an older `dm["version"]` is to be ignored. */
  "dm.changed": { dm: DirectCard };
  "drop.closed": { drop: DropState };
  "drop.opened": { drop: DropState };
  "drop.scheduled": { drop: DropState };
  /** What holds in the room or group now; older `rules["version"]` are to be ignored. */
  "room.changed": { rules: RoomRules };
  "sale.closed": { sale: SaleState };
  "sale.opened": { sale: SaleState };
  "sale.scheduled": { sale: SaleState };
}

/** Events of `sale:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface SaleEvents {
  "sale.closed": { sale: SaleState };
  "sale.opened": { sale: SaleState };
  "sale.scheduled": { sale: SaleState };
  /**
   * Absolute numbers of a sale's allotments; an older `version` than the one known is to be ignored. Not
   * kept: the next one replaces it.
   */
  "stock.changed": { sale: number; version: number; items: StockState[] };
}

/** Events of `drop:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface DropEvents {
  "drop.closed": { drop: DropState };
  /**
   * How many of a drop were given, in all; an older `version` than the one known is to be ignored. Not
   * kept: the next one replaces it.
   */
  "drop.counted": { drop: number; version: number; given: number };
  "drop.opened": { drop: DropState };
  "drop.scheduled": { drop: DropState };
}

/** Events of `show:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface ShowEvents {
  /** Its author has worded it anew. */
  "chat.edited": { message: MessageCard };
  /** Moderators, or as many reports as it takes, have put it out of sight. */
  "chat.hidden": { message: MessageCard };
  /** It stands above the conversation until it is unpinned. */
  "chat.pinned": { message: MessageCard };
  /** It shows what its link leads to. */
  "chat.previewed": { message: MessageCard };
  /** Somebody (`by`, a user id) reacts with the emoji, or no longer does (`added` is false). */
  "chat.reacted": { message: MessageCard; by: number; emoji: string; added: boolean };
  /** Its author, or whoever runs the conversation, has taken it back. */
  "chat.recalled": { message: MessageCard };
  /** It is in sight again, as it was. */
  "chat.restored": { message: MessageCard };
  /** A message stands in its conversation; messages order by their `seq`. */
  "chat.sent": { message: MessageCard };
  /**
   * Somebody is writing; it is so for five seconds, unless a message of theirs comes. Not kept: the next
   * one replaces it.
   */
  "chat.typing": { user: Card };
  "chat.unpinned": { message: MessageCard };
  "drop.closed": { drop: DropState };
  "drop.opened": { drop: DropState };
  "drop.scheduled": { drop: DropState };
  "item.changed": { version: number; item: ItemCard };
  "item.pinned": { version: number; item: ItemCard; pinned: number[] };
  "item.unpinned": { version: number; item: number; pinned: number[] };
  /**
   * All likes that a show ever got; totals only grow, so a smaller one is older. Not kept: the next one
   * replaces it.
   */
  "likes.counted": { total: number };
  /** Somebody has bought: `buyer` is masked. It changes nothing that clients keep. */
  "order.paid": { buyer: string; title: Texts; quantity: number };
  /** What holds in the room or group now; older `rules["version"]` are to be ignored. */
  "room.changed": { rules: RoomRules };
  "sale.closed": { sale: SaleState };
  "sale.opened": { sale: SaleState };
  "sale.scheduled": { sale: SaleState };
  /** Items came, went or have other numbers: whoever shows the whole shelf reads it again. */
  "shelf.changed": { version: number; count: number };
  /** Its title, cover or time has changed. */
  "show.changed": { show: ShowState };
  /** It is over for good: what ran in it (pins, sales, video) is to be stopped. */
  "show.ended": { show: ShowState };
  "show.started": { show: ShowState };
  /** Video of a show begins or stops. */
  "stream.changed": { playback: Playback; version: number };
  /** Distinct people in the room now, guests too. Not kept: the next one replaces it. */
  "viewers.counted": { count: number };
}

/** Events of `studio:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface StudioEvents {
  /** The figures of the studio. Not kept: the next one replaces it. */
  "stats.counted": { stats: Figures };
  /**
   * How the picture comes in, for the studio; `health` is null when nothing comes. Not kept: the next
   * one replaces it.
   */
  "stream.measured": { health: Health | null };
}

/** Events of `user:<id>`, by their `type`: what each has besides `type` and `at`. */
export interface UserEvents {
  /** A case was opened or took a step; `case` is its whole state. */
  "aftersale.changed": { case: CaseCard };
  /** The reader has blocked `person`. */
  "block.added": { person: Card; relation: RelationCard; standing: StandingCard };
  /** The reader blocks `person` no longer. */
  "block.removed": { person: Card; relation: RelationCard; standing: StandingCard };
  /**
   * The number for the badge, and the version to compare. The lines are looked up by whoever shows them:
   * 120 of them would not fit into a frame.
   */
  "cart.changed": { cart: CartCard };
  /**
   * The reader's own message as the reader goes on seeing it, whatever the channel tells of the same
   * `version`.
   */
  "chat.kept": { channel: string; message: MessageCard };
  /** The units went back: the hold lapsed, or the order was closed. */
  "claim.expired": { claim: ClaimCard };
  /** The units were paid for. */
  "claim.settled": { claim: ClaimCard };
  "claim.won": { claim: ClaimCard };
  /** It belongs to this person's list, and looks like this: each part by its own version. */
  "conversation.added": { conversation: ConversationCard };
  /** One's own place in a conversation as it is now: read up to, muted, pinned, role. */
  "conversation.changed": { channel: string; membership: MembershipCard };
  /** This `membership` (its id) has ended; one with a greater id is a later one, and goes on. */
  "conversation.removed": { channel: string; membership: number };
  /**
   * Something was said in a conversation of this person, a direct chat or a group that is not large: for
   * the list. Not kept: the next one replaces it.
   */
  "conversation.touched": { channel: string; message: MessageCard };
  /** A coupon is the person's own, on all devices; from a `drop`, as the `position`-th of it. */
  "coupon.granted": { grant: GrantCard; drop: number | null; position: number | null };
  /** The reader follows `person`. Who is followed gets `standing.counted` and, gathered, a notice. */
  "follow.added": { person: Card; relation: RelationCard; standing: StandingCard };
  /** The reader no longer follows `person`. */
  "follow.removed": { person: Card; relation: RelationCard; standing: StandingCard };
  /** The two are friends. */
  "friend.accepted": { person: Card; relation: RelationCard; standing: StandingCard };
  /** The request was answered with no. */
  "friend.declined": { person: Card; relation: RelationCard; standing: StandingCard };
  /** The two are friends no longer. */
  "friend.removed": { person: Card; relation: RelationCard; standing: StandingCard };
  /** One of the two has asked the other; `relation["request"]` says which way. */
  "friend.requested": { person: Card; relation: RelationCard; standing: StandingCard };
  /** The request was taken back. */
  "friend.withdrawn": { person: Card; relation: RelationCard; standing: StandingCard };
  /** A message mentions this person; whatever has an older `version` of the message is to be ignored. */
  "mention.added": { channel: string; seq: number; version: number };
  /** A message mentions this person no more, or is no more to be seen; compare the `version`. */
  "mention.removed": { channel: string; seq: number; version: number };
  /** There is a notice, or news about one: then it has the same id and a larger `seq`. */
  "notice.added": { notice: NoticeCard; inbox: InboxCard };
  /** `notice`, or every notice where it is null, is read as far as its `seq` is not above `through`. */
  "notice.read": { notice: number | null; through: number; inbox: InboxCard };
  /** What it told of is not so any more (a request was taken back). */
  "notice.removed": { notice: number; inbox: InboxCard };
  /** Something happened to it, from opened to completed or closed; `order` as in the user's snapshot. */
  "order.changed": { order: OrderCard };
  /** Money came in and the goods are the buyer's. Once an order. */
  "order.paid": { order: OrderCard };
  /**
   * As `read.moved` of this `channel`, where a block keeps who has read and another member apart: those
   * alone are told who may see it. Not kept: the next one replaces it.
   */
  "read.told": { channel: string; user: number; membership: number; seq: number | null };
  /** What somebody is held to in a group that the reader runs, as it is now; older versions are ignored. */
  "restriction.changed": { sanction: SanctionRecord };
  /** The reader was warned, or may do less. */
  "sanction.added": { sanction: SanctionCard };
  /** An appeal was made, or decided. */
  "sanction.changed": { sanction: SanctionCard };
  /** It holds no more. */
  "sanction.lifted": { sanction: SanctionCard };
  /** A parcel was made, or its carrier saw it; `shipment` is the whole of it. */
  "shipment.changed": { shipment: ShipmentCard };
  /**
   * Somebody follows the reader, or no longer: a host hears it thousands of times in a show. Not kept:
   * the next one replaces it.
   */
  "standing.counted": { person: number; relation: RelationCard; standing: StandingCard };
  /** A top-up was begun, or ended. */
  "top_up.changed": { top_up: TopUpCard };
  /**
   * As `chat.typing` in this `channel`, where a block keeps who writes and another member apart: those
   * alone are told who may see it. Not kept: the next one replaces it.
   */
  "typing.told": { channel: string; user: Card };
  /** Something was topped up, paid or given back; `wallet` is what there is now. */
  "wallet.changed": { wallet: WalletCard };
}

/** Events by the kind of channel. */
export interface EventsOf {
  desk: DeskEvents;
  group: GroupEvents;
  dm: DmEvents;
  sale: SaleEvents;
  drop: DropEvents;
  show: ShowEvents;
  studio: StudioEvents;
  user: UserEvents;
}

/** What a subscription answers, by the kind of channel. */
export interface SnapshotOf {
  desk: DeskSnapshot;
  group: GroupSnapshot;
  dm: DirectSnapshot;
  sale: SaleSnapshot;
  drop: DropSnapshot;
  show: RoomSnapshot;
  studio: StudioSnapshot;
  user: PersonalSnapshot;
}

/** Parameters and result of each method. */
export interface Methods {
  "chat.send": [SendParams, SendReply];
  "chat.edit": [EditParams, SendReply];
  "chat.recall": [MessageParams, SendReply];
  "chat.react": [ReactParams, SendReply];
  "chat.unreact": [ReactParams, SendReply];
  "chat.pin": [MessageParams, SendReply];
  "chat.unpin": [MessageParams, SendReply];
  "chat.typing": [TypingParams, null];
  "conversation.read": [ReadParams, ReadReply];
  "room.set": [SetParams, RoomReply];
  "mod.hide": [HideParams, null];
  "mod.restore": [HideParams, null];
  "mod.sanction": [SanctionParams, SanctionReply];
  "mod.lift": [LiftParams, SanctionReply];
  "desk.look": [LookParams, null];
  "sale.claim": [ClaimParams, ClaimReply];
  "drop.claim": [DropClaimParams, DropClaimReply];
  "like.tap": [TapParams, Nothing];
  "item.pin": [PinParams, PinReply];
  "item.unpin": [PinParams, PinReply];
  "sale.launch": [LaunchParams, SaleReply];
  "sale.offer": [OfferParams, SaleReply];
  "sale.stop": [StopParams, SaleReply];
  "watch.note": [ScreenParams, Nothing];
  "drop.launch": [LaunchDropParams, DropReply];
  "drop.offer": [OfferDropParams, DropReply];
  "drop.stop": [StopDropParams, DropReply];
}

/**
 * Why the server refuses: the code of an RPC's error, the HTTP status, and whether trying again may
 * help.
 */
export const ERRORS = {
  account_too_new: { number: 1597, status: 403, temporary: false },
  address_book_full: { number: 1430, status: 409, temporary: false },
  aftersale_not_possible: { number: 1462, status: 409, temporary: false },
  already_decided: { number: 1602, status: 409, temporary: false },
  already_holding: { number: 424, status: 409, temporary: false },
  already_ordered: { number: 461, status: 409, temporary: false },
  already_reviewed: { number: 1441, status: 409, temporary: false },
  already_running: { number: 427, status: 409, temporary: false },
  answer_required: { number: 1503, status: 400, temporary: false },
  appeal_given: { number: 1605, status: 409, temporary: false },
  attachment_unknown: { number: 1556, status: 404, temporary: false },
  attachments_refused: { number: 1555, status: 403, temporary: false },
  bad_carrier_signature: { number: 1434, status: 400, temporary: false },
  bad_signature: { number: 481, status: 400, temporary: false },
  balance_too_low: { number: 1453, status: 409, temporary: false },
  banned: { number: 1591, status: 403, temporary: false },
  blocked: { number: 1560, status: 409, temporary: false },
  busy: { number: 503, status: 503, temporary: true },
  carrier_unavailable: { number: 1435, status: 503, temporary: true },
  cart_full: { number: 1421, status: 409, temporary: false },
  changed_meanwhile: { number: 412, status: 409, temporary: false },
  chat_off: { number: 1594, status: 403, temporary: false },
  claim_expired: { number: 426, status: 409, temporary: false },
  code_unknown: { number: 1415, status: 404, temporary: false },
  condition_unmet: { number: 1470, status: 409, temporary: false },
  conflict: { number: 409, status: 409, temporary: false },
  coupon_limit_reached: { number: 1412, status: 409, temporary: false },
  coupon_not_offered: { number: 1410, status: 409, temporary: false },
  coupon_not_usable: { number: 1413, status: 409, temporary: false },
  coupon_over: { number: 1417, status: 409, temporary: false },
  coupons_gone: { number: 1411, status: 409, temporary: false },
  day_not_over: { number: 1456, status: 409, temporary: false },
  decline_forbidden: { number: 1461, status: 409, temporary: false },
  dm_accept_first: { number: 1521, status: 409, temporary: false },
  dm_not_accepted: { number: 1520, status: 403, temporary: false },
  dm_refused: { number: 1523, status: 403, temporary: false },
  dm_too_many_requests: { number: 1522, status: 429, temporary: false },
  followers_only: { number: 1596, status: 403, temporary: false },
  forbidden: { number: 403, status: 403, temporary: false },
  group_closed: { number: 1501, status: 409, temporary: false },
  group_full: { number: 1500, status: 409, temporary: false },
  illegal_case_transition: { number: 1460, status: 409, temporary: false },
  illegal_transition: { number: 440, status: 409, temporary: false },
  in_progress: { number: 425, status: 409, temporary: true },
  invalid: { number: 400, status: 400, temporary: false },
  invite_expired: { number: 1531, status: 410, temporary: false },
  invite_only: { number: 1502, status: 403, temporary: false },
  invite_revoked: { number: 1533, status: 410, temporary: false },
  invite_unknown: { number: 1530, status: 404, temporary: false },
  invite_used_up: { number: 1532, status: 410, temporary: false },
  key_reused: { number: 422, status: 422, temporary: false },
  limit_reached: { number: 423, status: 409, temporary: false },
  link_expired: { number: 1558, status: 403, temporary: false },
  links_refused: { number: 1598, status: 403, temporary: false },
  list_full: { number: 1561, status: 409, temporary: false },
  login_required: { number: 401, status: 401, temporary: false },
  mention_all_refused: { number: 1553, status: 403, temporary: false },
  mention_misplaced: { number: 1554, status: 400, temporary: false },
  message_gone: { number: 1550, status: 409, temporary: false },
  message_held: { number: 1592, status: 409, temporary: false },
  more_than_left: { number: 1463, status: 409, temporary: false },
  muted: { number: 1590, status: 403, temporary: false },
  not_charged: { number: 1452, status: 409, temporary: false },
  not_delivered: { number: 1431, status: 409, temporary: false },
  not_found: { number: 404, status: 404, temporary: false },
  not_live: { number: 491, status: 409, temporary: false },
  not_oneself: { number: 1600, status: 400, temporary: false },
  not_open: { number: 420, status: 409, temporary: false },
  not_received_yet: { number: 1440, status: 409, temporary: false },
  not_reserved: { number: 451, status: 409, temporary: false },
  not_sellable: { number: 462, status: 409, temporary: false },
  not_yours: { number: 1603, status: 403, temporary: false },
  nothing_to_appeal: { number: 1606, status: 409, temporary: false },
  number_taken: { number: 1433, status: 409, temporary: false },
  order_expired: { number: 441, status: 409, temporary: false },
  out_of_stock: { number: 450, status: 409, temporary: false },
  owner_stays: { number: 1504, status: 409, temporary: false },
  payment_mismatch: { number: 482, status: 400, temporary: false },
  payments_unavailable: { number: 480, status: 503, temporary: true },
  pins_full: { number: 1552, status: 409, temporary: false },
  points_short: { number: 1418, status: 409, temporary: false },
  provider_not_offered: { number: 1451, status: 400, temporary: false },
  refund_too_large: { number: 1450, status: 409, temporary: false },
  replacement_gone: { number: 1465, status: 409, temporary: false },
  request_decided: { number: 1535, status: 409, temporary: false },
  review_closed: { number: 1442, status: 409, temporary: false },
  rule_invalid: { number: 1608, status: 400, temporary: false },
  sanction_over: { number: 1609, status: 409, temporary: false },
  shelf_full: { number: 493, status: 409, temporary: false },
  shelf_has_changed: { number: 494, status: 409, temporary: false },
  ships_too_many: { number: 1432, status: 409, temporary: false },
  show_ended: { number: 490, status: 409, temporary: false },
  sku_not_sellable: { number: 1420, status: 409, temporary: false },
  slow_mode: { number: 1595, status: 429, temporary: false },
  sold_out: { number: 421, status: 409, temporary: false },
  terms_fixed: { number: 1414, status: 409, temporary: false },
  text_empty: { number: 470, status: 400, temporary: false },
  text_refused: { number: 1593, status: 409, temporary: false },
  text_too_long: { number: 471, status: 400, temporary: false },
  too_fast: { number: 429, status: 429, temporary: true },
  too_late: { number: 1551, status: 409, temporary: false },
  too_late_to_undo: { number: 1604, status: 409, temporary: false },
  too_many_drops: { number: 1471, status: 409, temporary: false },
  too_many_groups: { number: 1505, status: 409, temporary: false },
  too_many_invites: { number: 1534, status: 409, temporary: false },
  too_many_managers: { number: 1506, status: 409, temporary: false },
  too_many_pictures: { number: 1464, status: 409, temporary: false },
  too_many_pins: { number: 492, status: 409, temporary: false },
  too_many_reports: { number: 1607, status: 429, temporary: false },
  too_many_review_pictures: { number: 1443, status: 409, temporary: false },
  too_many_top_ups: { number: 1455, status: 409, temporary: false },
  too_many_tries: { number: 1416, status: 429, temporary: true },
  too_many_units: { number: 1422, status: 409, temporary: false },
  too_many_uploads: { number: 1557, status: 429, temporary: false },
  top_up_over: { number: 1454, status: 409, temporary: false },
  total_changed: { number: 460, status: 409, temporary: false },
  untouchable: { number: 1601, status: 403, temporary: false },
} as const;

/** The stable word of a refusal. */
export type ErrorCode = keyof typeof ERRORS;
