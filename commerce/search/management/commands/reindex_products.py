from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from commerce.search import services


class Command(BaseCommand):
    help = "Bring the search index to what the catalogue holds now."

    def handle(self, **options: Any) -> None:
        done = services.reindex_changed()
        services.analyse()
        self.stdout.write(f"{done.scanned} products scanned, {done.changed} indexed, {done.removed} removed")
