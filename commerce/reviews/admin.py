from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from commerce.reviews.models import Hiding, Review


class Unchangeable:
    """Written by services alone."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Review)
class ReviewAdmin(Unchangeable, ModelAdmin):
    list_display = ("created_at", "product", "stars", "author", "text")
    list_filter = ("stars",)
    list_select_related = ("product", "author")
    search_fields = ("text", "product__title_zh", "product__title_en")
    show_full_result_count = False


@admin.register(Hiding)
class HidingAdmin(Unchangeable, ModelAdmin):
    list_display = ("at", "review", "reason", "by", "lifted_at")
    list_select_related = ("review", "by")
    show_full_result_count = False
