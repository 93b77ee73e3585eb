from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "chat.messages"
    label = "chat_messages"
    verbose_name = "Chat"
