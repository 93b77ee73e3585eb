export const SORTS = ["relevance", "newest", "price_up", "price_down"] as const;
