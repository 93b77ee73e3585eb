from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "commerce.search"
    label = "commerce_search"
    verbose_name = "Search"
