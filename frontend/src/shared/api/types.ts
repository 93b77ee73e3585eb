/** Names for the shapes of the REST side. Times are ISO 8601 in UTC; money is in minor units. */
import type { components } from "./schema.generated";

type Schemas = components["schemas"];

export type Translated = Schemas["Bilingual"];
export type Money = Schemas["Money"];
export type Option = Schemas["Option"];

export type User = Schemas["User"];
export type Person = Schemas["Person"];
export type Place = Schemas["Place"];
export type Profile = Schemas["PersonProfile"];
export type PersonRow = Schemas["PersonRow"];
export type NoticeSwitch = Schemas["Switch"];
export type GroupDetail = Schemas["GroupDetail"];
export type GroupPreview = Schemas["GroupPreview"];
export type GroupMember = Schemas["Member"];
export type GroupInvite = Schemas["Invite"];
export type JoinRequest = Schemas["JoinRequest"];
export type FoundMessages = Schemas["FoundMessages"];
export type Config = Schemas["Config"];

export type Category = Schemas["Category"];
export type ProductCard = Schemas["ProductCard"];
export type Product = Schemas["Product"];
export type Sku = Schemas["Sku"];
export type PriceHistory = Schemas["PriceHistory"];
export type SkuPrices = Schemas["SkuPrices"];

export type FeedItem = Schemas["FeedItem"];

export type ShowStateName = Schemas["ShowState"];
export type ShowCard = Schemas["ShowCard"];
export type ShowDetail = Schemas["Show"];
export type Playback = Schemas["Playback"];
export type ShelfItem = Schemas["ShelfItem"];
export type StreamKey = Schemas["IssuedKey"];
export type StreamState = Schemas["Stream"];
export type StreamHealth = Schemas["Health"];

export type Line = Schemas["Line"];
export type Quote = Schemas["Quote"];
export type Estimate = Schemas["Estimate"];
export type Address = Schemas["Address"];
export type Order = Schemas["Order"];
export type OrderState = Schemas["OrderState"];
export type OrderCounts = Schemas["Counts"];
export type Invoice = Schemas["Invoice"];
export type Payment = Schemas["Payment"];
export type Wallet = Schemas["Wallet"];
export type TopUp = Schemas["TopUp"];
export type TopUpOffer = Schemas["TopUpOffer"];
export type WalletEntry = Schemas["WalletEntry"];
export type BookAddress = Schemas["BookAddress"];
export type Region = Schemas["Region"];
export type Delivery = Schemas["Delivery"];
export type DeliveryPromise = Schemas["Promise"];
export type Shipment = Schemas["Shipment"];
export type QuoteCoupon = Schemas["QuoteCoupon"];
export type QuotePoints = Schemas["QuotePoints"];
export type Purchased = Schemas["Purchase"];
export type Coupon = Schemas["Coupon"];
export type OfferedCoupon = Schemas["OfferedCoupon"];
export type Threshold = Schemas["Threshold"];
export type DropGroup = Schemas["DropGroup"];
export type DroppableCoupon = Schemas["DroppableCoupon"];

export type CartBody = Schemas["Cart"];
export type CartLine = Schemas["CartLine"];

export type Case = Schemas["Case"];
export type ReturnTerms = Schemas["ReturnTerms"];
export type Replacement = Schemas["Replacement"];
export type CaseKind = Schemas["CaseKind"];
export type CaseReason = Schemas["CaseReason"];
export type CaseOptions = Schemas["CaseOptions"];
export type OrderAftersales = Schemas["OrderAftersales"];

export type Found = Schemas["Found"];
export type Suggestion = Schemas["Suggestion"];
export type Facets = Schemas["Facets"];
export type StudioOrderRow = Schemas["StudioOrderRow"];
export type StudioOrder = Schemas["StudioOrder"];
export type StudioPayment = Schemas["StudioPayment"];
export type FreightTemplate = Schemas["FreightTemplate"];
export type FreightTemplateInput = Schemas["FreightTemplateRequest"];
export type StuckMoney = Schemas["StuckMoney"];
export type StuckTopUp = Schemas["StuckTopUp"];
export type OrderToShip = Schemas["OrderToShip"];
export type Carrier = Schemas["Carrier"];
export type GoodsRow = Schemas["Goods"];
export type GoodsChange = Schemas["PatchedGoodsChangeRequest"];
export type StockRow = Schemas["Stock"];
export type StudioCoupon = Schemas["StudioCoupon"];
export type GivenCoupon = Schemas["Given"];
export type CouponTermsInput = Schemas["CouponTermsRequest"];
export type ThresholdTermsInput = Schemas["ThresholdTermsRequest"];
export type StudioThreshold = Schemas["StudioThreshold"];

export type ReconciliationDay = Schemas["ReconciliationDay"];
export type ReconciliationDays = Schemas["ReconciliationDays"];
export type ReconciliationDayDetail = Schemas["ReconciliationDayDetail"];
export type ReconciliationRow = Schemas["ReconciliationRow"];
export type ReconciliationRowDetail = Schemas["ReconciliationRowDetail"];

export type Review = Schemas["Review"];
export type ReviewSummary = Schemas["ReviewSummary"];
export type LineToReview = Schemas["LineToReview"];
export type StudioReview = Schemas["StudioReview"];

export type ModerationCase = Schemas["ReportedCase"];
export type ModerationCaseDetail = Schemas["ReportedDetail"];
export type ModerationAction = Schemas["ModerationAction"];
export type ModerationReason = Schemas["ModerationReason"];
export type Verdict = Required<Schemas["VerdictRequest"]>;
export type SanctionRecord = Schemas["Sanction"];
export type SanctionKind = Schemas["SanctionKind"];
export type SanctionInput = Required<Schemas["SanctionInputRequest"]>;
export type PersonRecord = Schemas["Record"];
export type HeldMessage = Schemas["Held"];
export type AutomodRule = Schemas["Rule"];
export type DryRun = Schemas["DryRun"];
export type AuditRow = Schemas["Audit"];
export type ModerationMetrics = Schemas["Metrics"];
export type OwnSanction = Schemas["OwnSanction"];

type Wanted = Required<Schemas["WantedRequest"]>;

/** What is bought: a claim of a flash sale, or units of SKUs at their ordinary price. */
export type Purchase = Pick<Wanted, "claim"> | Pick<Wanted, "lines">;
