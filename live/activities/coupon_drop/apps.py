from django.apps import AppConfig


class CouponDropConfig(AppConfig):
    name = "live.activities.coupon_drop"
    label = "live_coupon_drop"
    verbose_name = "Coupon drops in shows"
