from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "chat.search"
    label = "chat_search"
    verbose_name = "Finding what was said"
