from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from commerce.flash_sales.models import Allotment, Claim, FlashSale


class ReadOnly:
    """Sales are written by their services alone: the numbers must add up with the stock."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class AllotmentInline(ReadOnly, TabularInline):
    model = Allotment
    extra = 0


@admin.register(FlashSale)
class FlashSaleAdmin(ReadOnly, ModelAdmin):
    list_display: ClassVar = ["id", "channel", "state", "starts_at", "ends_at", "close_reason"]
    list_filter: ClassVar = ["state"]
    inlines: ClassVar = [AllotmentInline]


@admin.register(Claim)
class ClaimAdmin(ReadOnly, ModelAdmin):
    list_display: ClassVar = ["id", "sale", "shopper", "quantity", "state", "position", "expires_at"]
    list_filter: ClassVar = ["state"]
