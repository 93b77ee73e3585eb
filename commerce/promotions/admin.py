from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from commerce.promotions.models import Coupon, CouponDrop, CouponGrant, ThresholdDiscount


@admin.register(ThresholdDiscount)
class ThresholdDiscountAdmin(ModelAdmin):
    list_display = ("name_zh", "steps", "repeats", "precedence", "starts_at", "ends_at", "stopped_at")
    search_fields = ("name_zh", "name_en")
    autocomplete_fields = ("products",)
    filter_horizontal = ("categories",)
    readonly_fields = ("created_by",)


@admin.register(Coupon)
class CouponAdmin(ModelAdmin):
    list_display = ("name_zh", "way", "code", "off", "percent_off", "minimum", "granted", "total", "ends_at")
    list_filter = ("way",)
    search_fields = ("name_zh", "name_en", "code")
    autocomplete_fields = ("products",)
    filter_horizontal = ("categories",)
    readonly_fields = ("granted", "granted_today", "day", "created_by")

    def has_delete_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        return False


@admin.register(CouponDrop)
class CouponDropAdmin(ModelAdmin):
    """Launched, opened and closed by services alone."""

    list_display = ("id", "coupon", "channel", "state", "given", "quantity", "starts_at", "ends_at", "close_reason")
    list_filter = ("state",)
    list_select_related = ("coupon",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: CouponDrop | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CouponDrop | None = None) -> bool:
        return False


@admin.register(CouponGrant)
class CouponGrantAdmin(ModelAdmin):
    """Given and used by services alone."""

    list_display = ("coupon", "owner", "ordinal", "state", "reference", "usable_until", "used_at")
    list_filter = ("state",)
    list_select_related = ("coupon", "owner")
    search_fields = ("reference", "owner__email")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: CouponGrant | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CouponGrant | None = None) -> bool:
        return False
