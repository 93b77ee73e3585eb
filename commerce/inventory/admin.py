from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from commerce.catalog.models import Sku
from commerce.inventory import services
from commerce.inventory.models import Stock, StockAlert, StockMovement
from project.kernel.ids import new_key


class StockForm(forms.ModelForm[Stock]):
    """Staff says what came or went, never what there is: units may be sold while the page is open."""

    change = forms.IntegerField(
        widget=UnfoldAdminIntegerFieldWidget, help_text="Units that arrived (20), or that are gone unsold (-3)."
    )
    reference = forms.CharField(
        required=False, max_length=64, widget=UnfoldAdminTextInputWidget, help_text="Delivery note or reason."
    )

    class Meta:
        model = Stock
        fields = ("sku",)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        change, reference = cleaned.get("change"), cleaned.get("reference")
        if change is not None and (change == 0 or self.instance.available + change < 0):
            least = -self.instance.available
            self.add_error("change", forms.ValidationError(f"Not 0, and at least {least}.", code="invalid"))
        elif change and reference and _has_moved(cleaned.get("sku") or self.instance.sku, change, reference):
            self.add_error("reference", forms.ValidationError("This reference is taken.", code="taken"))
        return cleaned


def _has_moved(sku: Sku, change: int, reference: str) -> bool:
    kind = StockMovement.Kind.RECEIVE if change > 0 else StockMovement.Kind.WRITE_OFF
    return StockMovement.objects.filter(sku=sku, kind=kind, reference=reference).exists()


class Unchangeable:
    """Written by services alone."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Stock)
class StockAdmin(ModelAdmin):
    form = StockForm
    list_display = ("sku", "title", "on_hand", "reserved", "free")
    list_select_related = ("sku__product",)
    search_fields = ("sku__code", "sku__product__title_zh", "sku__product__title_en")
    autocomplete_fields = ("sku",)
    readonly_fields = ("on_hand", "reserved")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stock]:
        found: QuerySet[Stock] = super().get_queryset(request)
        return found.annotate(free=F("on_hand") - F("reserved"))

    def get_readonly_fields(self, request: HttpRequest, obj: Stock | None = None) -> tuple[str, ...]:
        return ("sku", "on_hand", "reserved") if obj else ("on_hand", "reserved")

    def get_fields(self, request: HttpRequest, obj: Stock | None = None) -> tuple[Any, ...]:
        return ("sku", ("on_hand", "reserved"), ("change", "reference")) if obj else ("sku", ("change", "reference"))

    def save_model(self, request: HttpRequest, obj: Stock, form: StockForm, change: bool) -> None:
        units = form.cleaned_data["change"]
        move = services.receive if units > 0 else services.write_off
        reference = form.cleaned_data["reference"] or f"staff:{new_key()}"
        move(sku_id=obj.sku_id, quantity=abs(units), reference=reference, by_id=request.user.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Stock | None = None) -> bool:
        return False

    @admin.display(description="product")
    def title(self, stock: Stock) -> str:
        return stock.sku.product.title_zh

    @admin.display(description="free", ordering="free")
    def free(self, stock: Stock) -> int:
        return stock.available


@admin.register(StockMovement)
class StockMovementAdmin(Unchangeable, ModelAdmin):
    list_display = ("at", "kind", "sku", "quantity", "reference", "reason", "by")
    list_filter = ("kind",)
    list_select_related = ("sku", "by")
    search_fields = ("reference", "sku__code")
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(StockAlert)
class StockAlertAdmin(Unchangeable, ModelAdmin):
    list_display = ("opened_at", "stock", "alert_at", "available", "closed_at")
    list_select_related = ("stock",)
    search_fields = ("stock__sku__code",)
    ordering = ("-pk",)
