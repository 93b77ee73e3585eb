from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from commerce.aftersales.models import Case, CaseEvent, ReturnExclusion


class Unchangeable:
    """Written by services alone."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class CaseEventInline(Unchangeable, TabularInline):
    model = CaseEvent
    fields = ("at", "state", "by", "actor", "data")


@admin.register(Case)
class CaseAdmin(Unchangeable, ModelAdmin):
    list_display = ("pk", "order", "kind", "state", "quantity", "amount", "freight", "deadline")
    list_filter = ("state", "kind")
    list_select_related = ("order",)
    search_fields = ("order__number",)
    inlines = (CaseEventInline,)
    show_full_result_count = False


@admin.register(ReturnExclusion)
class ReturnExclusionAdmin(ModelAdmin):
    list_display = ("product", "code")
    list_filter = ("code",)
    list_select_related = ("product",)
    autocomplete_fields = ("product",)
