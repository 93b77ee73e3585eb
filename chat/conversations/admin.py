from django.contrib import admin
from unfold.admin import ModelAdmin

from chat.conversations.models import Group


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    """To look up. What is written goes through the services, so that members are told."""

    list_display = ("title", "join_policy", "member_count", "capacity", "closed_at")
    list_filter = ("join_policy",)
    search_fields = ("title",)
    show_full_result_count = False

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False
