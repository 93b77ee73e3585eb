"""`conformance_server`: the engine with plain channels on a port, for suites of SDKs and for load tools."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from project.server import valkey, web
from project.server.parent import die_with_parent
from project.server.ports import PortTaken, check_free

START_SECS = 20


class Command(BaseCommand):
    help = "Serves plain channels to the suites of the Centrifuge SDKs and to load tools. Not for a shop."
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            check_free(host, port, variable="PORT")
        except PortTaken as error:
            raise CommandError(str(error)) from None
        with self._valkey():
            call_command("migrate", verbosity=0)
            self.stdout.write(f"ws://{host}:{port}/connection/websocket")
            web.serve(web.listening_socket(host, port, shared=False))

    @contextlib.contextmanager
    def _valkey(self) -> Iterator[None]:
        socket = valkey.socket_in(settings.DATA_DIR)
        if valkey.redis_url(socket) != settings.REDIS_URL:
            yield  # the environment names another one
            return
        server = subprocess.Popen(
            valkey.argv(keep=False), cwd=settings.DATA_DIR, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent()
        )
        deadline = time.monotonic() + START_SECS
        while not valkey.answers(socket):
            if server.poll() is not None or time.monotonic() > deadline:
                raise CommandError("Valkey does not start.")
            time.sleep(0.02)
        try:
            yield
        finally:
            server.terminate()
            server.wait()
