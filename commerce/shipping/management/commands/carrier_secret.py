from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commerce.shipping.carriers.offered import carrier_of, carriers
from commerce.shipping.carriers.webhook import HEADER, secret_of
from project.kernel.errors import NotFound


class Command(BaseCommand):
    help = f"The secret with which a carrier signs its webhooks ({HEADER}); keep it between the two of you."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("carrier")

    def handle(self, *, carrier: str, **options: Any) -> None:
        try:
            carrier_of(carrier)
        except NotFound:
            codes = ", ".join(one.code for one in carriers())
            raise CommandError(f"There is no carrier {carrier!r}, only {codes}.") from None
        self.stdout.write(secret_of(carrier))
