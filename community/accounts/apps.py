from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "community.accounts"
    label = "community_accounts"
    verbose_name = "People"
