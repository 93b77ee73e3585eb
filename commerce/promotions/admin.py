from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from commerce.promotions.errors import TermsFixed
from commerce.promotions.models import Coupon, CouponDrop, CouponGrant, ThresholdDiscount
from commerce.promotions.services.giving import clean_code
from commerce.promotions.services.offers import check_change, problems_of
from project.kernel.errors import Invalid

SCOPE = ("categories", "products")
SAYS = {
    "before_start": "Later than the start.",
    "off_or_percent": "Either an amount or a percentage.",
    "required": "Needed here.",
    "not_with_way": "Not with this way.",
    "invalid": "[[from, off], …] in minor units, from less to more, and never more off than the amount.",
    "one_step": "For every full amount there is one step.",
    "min_value": "So many were given out or promised already.",
}


class OfferForm(forms.ModelForm[Any]):
    """Terms that fit together, as the services want them."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            values = {name: value for name, value in cleaned.items() if name not in SCOPE}
            self._refuse(problems_of(self._meta.model(**values)))
        return cleaned

    def _refuse(self, problems: dict[str, list[str]]) -> None:
        for name, words in problems.items():
            self.add_error(name, [SAYS[word] for word in words])


class CouponForm(OfferForm):
    def clean_code(self) -> str | None:
        return clean_code(self.cleaned_data["code"] or "") or None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk and not self.errors:
            coupon = Coupon.objects.select_for_update().get(pk=self.instance.pk)
            changed = set(self.changed_data) - {"stopped_at"}
            try:
                check_change(coupon=coupon, changed=changed, total=cleaned["total"])
            except TermsFixed as fixed:
                for name in (fixed.detail or {})["fields"]:
                    self.add_error(name, "People have it already: this stays as it is.")
            except Invalid as refused:
                self._refuse(refused.fields)
        return cleaned


@admin.register(ThresholdDiscount)
class ThresholdDiscountAdmin(ModelAdmin):
    form = OfferForm
    list_display = ("name_zh", "steps", "repeats", "precedence", "starts_at", "ends_at", "stopped_at")
    search_fields = ("name_zh", "name_en")
    autocomplete_fields = ("products",)
    filter_horizontal = ("categories",)
    readonly_fields = ("created_by",)


@admin.register(Coupon)
class CouponAdmin(ModelAdmin):
    form = CouponForm
    list_display = ("name_zh", "way", "code", "off", "percent_off", "minimum", "granted", "total", "ends_at")
    list_filter = ("way",)
    search_fields = ("name_zh", "name_en", "code")
    autocomplete_fields = ("products",)
    filter_horizontal = ("categories",)
    readonly_fields = ("granted", "granted_today", "day", "created_by")

    def save_model(self, request: HttpRequest, obj: Coupon, form: forms.ModelForm[Coupon], change: bool) -> None:
        # What was given out while the page was open stays counted.
        obj.save(update_fields=[name for name in form.changed_data if name not in SCOPE] if change else None)

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
