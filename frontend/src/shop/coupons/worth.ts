/** What a coupon says about itself, in words. */
import type { Coupon, OfferedCoupon } from "@/shared/api";
import { currentLocale, pick, translate } from "@/shared/i18n";
import { moneyText } from "@/shared/money";

import { dayTime } from "../ui/times";

/** "¥10" or "10% off"; in Chinese a percentage is what is left: 九折 is 9 折. */
export function worthText(coupon: Pick<Coupon, "off" | "percent_off">): string {
  if (coupon.off) return moneyText(coupon.off, currentLocale());
  const percent = currentLocale() === "zh-CN" ? (100 - coupon.percent_off) / 10 : coupon.percent_off;
  return translate("coupons.percent", { percent });
}

export function termsText(coupon: Pick<Coupon, "minimum" | "most_off">): string {
  const minimum = moneyText(coupon.minimum, currentLocale());
  const from = coupon.minimum.amount ? translate("coupons.from", { amount: minimum }) : translate("coupons.any_amount");
  const most = coupon.most_off && translate("coupons.up_to", { amount: moneyText(coupon.most_off, currentLocale()) });
  return [from, most].filter(Boolean).join(currentLocale() === "zh-CN" ? "，" : ", ");
}

export function scopeText(coupon: Coupon): string {
  if (coupon.categories.length) return coupon.categories.map(({ name }) => pick(name)).join(" · ");
  return translate(coupon.products.length ? "coupons.some_items" : "coupons.everything");
}

/** Where one finds what it is for. */
export function placeOf({ products, categories }: Pick<Coupon, "products" | "categories">): string {
  if (products.length === 1) return `/products/${products[0]}`;
  return categories[0] ? `/products?category=${categories[0].slug}` : "/products";
}

/** Until when it can be used, and how many are left. */
export function noteOf(coupon: OfferedCoupon): string {
  const left = coupon.left === null ? "" : ` · ${translate("coupons.left", { count: coupon.left })}`;
  return coupon.usable_until && !coupon.valid_days
    ? translate("coupons.until", { at: dayTime(coupon.usable_until) }) + left
    : translate("coupons.days", { count: coupon.valid_days ?? 0 }) + left;
}
