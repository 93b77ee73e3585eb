from django.apps import AppConfig


class SocialConfig(AppConfig):
    name = "community.social"
    label = "community_social"
    verbose_name = "Follows, friends, blocks"
