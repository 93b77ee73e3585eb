from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "chat.links"
    label = "chat_links"
    verbose_name = "What links lead to"
