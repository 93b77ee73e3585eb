"""`manage.py wire_types`: what describes the wire, written from the classes that make it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import autodiscover_modules

from project import wiring
from project.asyncapi import asyncapi
from project.code_tables import code_tables
from project.kernel.errors import ERRORS, DomainError
from project.kernel.events import EVENT_CLASSES, Event
from project.wire_types import in_use, wire_types

TYPES = Path("frontend/src/shared/realtime/wire.generated.ts")
CODES = Path("docs/errors.md")
SOCKET = Path("docs/asyncapi.json")


def all_events() -> list[type[Event]]:
    autodiscover_modules("events")
    return in_use(EVENT_CLASSES.values())


def all_errors() -> list[type[DomainError]]:
    autodiscover_modules("errors")
    return in_use(ERRORS.values())


def generated() -> dict[Path, str]:
    """Texts by path from the root of the project."""
    errors = all_errors()
    wire: Any = {"events": all_events(), "owners": wiring.TOPICS, "rooms": wiring.ROOMS, "errors": errors}
    return {TYPES: wire_types(**wire), SOCKET: asyncapi(**wire), CODES: code_tables(errors)}


class Command(BaseCommand):
    help = f"Writes {TYPES}, {SOCKET} and {CODES} from events, snapshots, methods and errors."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is stale")
        parser.add_argument("--root", type=Path, default=settings.BASE_DIR, help="where the files are")

    def handle(self, *args: Any, check: bool, root: Path, **options: Any) -> None:
        stale = {path: text for path, text in generated().items() if _read(root / path) != text}
        if check and stale:
            raise CommandError(f"Stale: {', '.join(map(str, stale))}. Run `make types`.")
        for path, text in stale.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {path}.")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
