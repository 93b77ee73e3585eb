from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from commerce.search.services import reindex_changed
from community.accounts.demo import ensure_demo_accounts
from project.demo.chats import open_chats
from project.demo.followers import follow_host
from project.demo.freight import keep_templates
from project.demo.promotions import offer_promotions
from project.demo.shop import fill_shop
from project.demo.shows import open_shows


class Command(BaseCommand):
    help = "Fills an empty server with a shop, people and shows to try it with. Adds what is missing, changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data is for demo mode alone: set SOUK_DEMO=1.")
        people = ensure_demo_accounts()
        products = fill_shop()
        reindex_changed()
        offer_promotions()
        keep_templates()
        shows = open_shows(people=people)
        open_chats(people=people)
        if products:
            # Once: who does not want to follow any more is not made to at the next start.
            follow_host(people=people)
        if products or shows:
            self.stdout.write(f"The demo has {products} new products and {shows} new shows.")
