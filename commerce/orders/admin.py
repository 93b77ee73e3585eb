from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from commerce.orders.models import Order, OrderEvent, OrderLine


class ReadOnly:
    """A transition has a service; a row of an order is no form to fill in."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class OrderLineInline(ReadOnly, TabularInline):
    model = OrderLine
    extra = 0
    fields = readonly_fields = ("sku", "title_en", "quantity", "refunded_quantity", "unit_price", "total", "discount")


class OrderEventInline(ReadOnly, TabularInline):
    model = OrderEvent
    extra = 0
    fields = readonly_fields = ("type", "data", "at")


@admin.register(Order)
class OrderAdmin(ReadOnly, ModelAdmin):
    list_display = ("number", "buyer", "state", "total", "currency", "channel", "created_at", "paid_at")
    list_filter = ("state", "created_at")
    list_select_related = ("buyer",)
    search_fields = ("number", "buyer__email", "channel")
    show_full_result_count = False
    # They are sealed: who packs the parcel sees the address, and who writes the invoice opens the order for it; neither
    # is for whoever looks through a list.
    exclude = ("address", "invoice")
    readonly_fields = ("invoice_asked_for",)
    inlines: ClassVar = [OrderLineInline, OrderEventInline]

    @admin.display(description="invoice")
    def invoice_asked_for(self, order: Order) -> str:
        if order.invoice is None:
            return "not asked for"
        said = [order.invoice.get(name) for name in ("kind", "title", "tax_number", "email")]
        return " · ".join(filter(None, said))
