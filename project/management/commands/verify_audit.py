"""`manage.py verify_audit`: whether anybody has changed, taken out or cut off what stands in the log of moderation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from community.moderation.models import AuditRow
from community.moderation.services.audit import verify


class Command(BaseCommand):
    help = "Check the hash chain of the moderation log."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = verify()
        if broken:
            raise CommandError(f"The log is broken at row {broken.number}: {broken.why}.")
        self.stdout.write(f"{AuditRow.objects.count()} rows, unbroken.")
