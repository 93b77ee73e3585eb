from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "chat.channels"
    label = "chat_channels"
    verbose_name = "Channels of groups and direct chats"
