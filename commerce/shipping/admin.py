from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from commerce.orders.admin import ReadOnly
from commerce.shipping import regions
from commerce.shipping.models import FreightRule, FreightTemplate, ProductFreight, Shipment, ShipmentLine, TrackingEvent


class FreightRuleForm(forms.ModelForm[FreightRule]):
    def clean_regions(self) -> list[str]:
        codes: Any = self.cleaned_data["regions"]
        if not isinstance(codes, list) or not all(regions.is_place(code) for code in codes):
            raise forms.ValidationError('Codes of places: ["31", "3201", "US"].')
        return codes


class FreightRuleInline(TabularInline):
    model = FreightRule
    form = FreightRuleForm
    extra = 0


@admin.register(FreightTemplate)
class FreightTemplateAdmin(ModelAdmin):
    list_display = ("name", "basis", "currency", "ships_within_hours")
    inlines: ClassVar = [FreightRuleInline]

    def save_model(
        self, request: HttpRequest, obj: FreightTemplate, form: forms.ModelForm[FreightTemplate], change: bool
    ) -> None:
        if change:
            # Also where a rule alone was changed; in the database, since the studio may write at the same moment.
            obj.version = F("version") + 1
        super().save_model(request, obj, form, change)


@admin.register(ProductFreight)
class ProductFreightAdmin(ModelAdmin):
    list_display = ("product", "template", "weight")
    list_select_related = ("product", "template")
    autocomplete_fields = ("product",)


class ShipmentLineInline(ReadOnly, TabularInline):
    model = ShipmentLine
    extra = 0
    fields = readonly_fields = ("line", "quantity")


class TrackingEventInline(ReadOnly, TabularInline):
    model = TrackingEvent
    extra = 0
    fields = readonly_fields = ("state", "at", "place", "text", "received_at")


@admin.register(Shipment)
class ShipmentAdmin(ReadOnly, ModelAdmin):
    list_display = ("number", "carrier", "purpose", "order", "state", "created_at", "delivered_at")
    list_filter = ("purpose", "carrier", "state")
    list_select_related = ("order",)
    search_fields = ("number", "order__number")
    show_full_result_count = False
    inlines: ClassVar = [ShipmentLineInline, TrackingEventInline]
