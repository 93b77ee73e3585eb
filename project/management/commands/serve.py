"""`manage.py serve`: the web process, or several that share a port."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from project.server import web
from project.server.metrics import shared_metrics
from project.server.ports import PortTaken, check_free
from project.server.supervisor import Program, Supervisor


class Command(BaseCommand):
    help = "Serves HTTP and WebSockets with uvicorn."
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=int(os.environ.get("WEB_WORKERS", "1")))
        parser.add_argument("--shared", action="store_true", help="other processes listen on the same port")

    def handle(self, *args: Any, host: str, port: int, workers: int, shared: bool, **options: Any) -> None:
        if not shared:
            try:
                check_free(host, port, variable="PORT")
            except PortTaken as error:
                raise CommandError(str(error)) from None
        if workers > 1:
            if asyncio.run(self._serve_with(workers, host, port)):
                raise CommandError("The web processes do not start.")
            return
        web.serve(web.listening_socket(host, port, shared=shared))

    async def _serve_with(self, workers: int, host: str, port: int) -> bool:
        """Keep `workers` processes running until a signal comes; true when they cannot be."""
        supervisor = Supervisor(
            log_dir=settings.DATA_DIR / "log",
            say=self.stdout.write,
            environment=shared_metrics(settings.DATA_DIR / "metrics"),
        )
        supervisor.obey_signals()
        argv = [sys.executable, "manage.py", "serve", "--shared", "--workers=1", f"--host={host}", f"--port={port}"]
        for number in range(1, workers + 1):
            supervisor.start(Program(name=f"web-{number}", argv=argv, cwd=settings.BASE_DIR))
        await supervisor.until_over()
        await supervisor.stop()
        return supervisor.failed
