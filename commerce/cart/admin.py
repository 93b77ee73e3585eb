from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from commerce.cart.models import Cart, CartLine


class Unchangeable:
    """Changed by its owner alone."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class CartLineInline(Unchangeable, TabularInline):
    model = CartLine
    fields = ("sku", "quantity", "selected", "price_seen", "currency_seen", "added_at")


@admin.register(Cart)
class CartAdmin(Unchangeable, ModelAdmin):
    list_display = ("user", "version")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__display_name")
    ordering = ("-pk",)
    inlines = (CartLineInline,)
