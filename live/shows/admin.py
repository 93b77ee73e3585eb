from django.contrib import admin
from unfold.admin import ModelAdmin

from live.shows.models import Show


@admin.register(Show)
class ShowAdmin(ModelAdmin):
    """To look up. What is written goes through the studio, so that it is announced."""

    list_display = ("title", "host", "state", "scheduled_at", "started_at", "ended_at", "likes")
    list_filter = ("state",)
    list_select_related = ("host",)
    search_fields = ("title", "host__display_name")

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False
