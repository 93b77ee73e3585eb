from django.contrib import admin
from unfold.admin import ModelAdmin

from chat.messages.models import Message


@admin.register(Message)
class MessageAdmin(ModelAdmin):
    """What was said, to look up; a message is no form to fill in."""

    list_display = ("sent_at", "conversation", "seq", "author", "text")
    list_select_related = ("author", "conversation")
    search_fields = ("text", "author__display_name")
    ordering = ("-pk",)
    show_full_result_count = False

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False
