"""`manage.py serve`: the web process, or several that share a port."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from project.server import web
from project.server.metrics import shared_metrics
from project.server.ports import PortTaken, check_free
from project.server.supervisor import Program, Supervisor

READY = "The web server is ready."


class Command(BaseCommand):
    help = "Serves HTTP and WebSockets with uvicorn. SIGTERM ends it in order; SIGHUP replaces its workers one by one."
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=int(os.environ.get("WEB_WORKERS", "1")))
        parser.add_argument("--listener", type=int, help="a listening socket that the parent holds: its descriptor")

    def handle(self, *args: Any, host: str, port: int, workers: int, listener: int | None, **options: Any) -> None:
        if listener is not None:
            web.serve(socket.socket(fileno=listener), on_ready=lambda: print(READY, flush=True))
            return
        try:
            check_free(host, port, variable="PORT")
        except PortTaken as error:
            raise CommandError(str(error)) from None
        if workers == 1:
            web.serve(web.listening_socket(host, port, shared=False))
        elif asyncio.run(self._keep_serving(workers, host, port)):
            raise CommandError("The web processes do not start.")

    async def _keep_serving(self, workers: int, host: str, port: int) -> bool:
        """Keep `workers` processes running until a signal comes; true when they cannot be.

        Each has a listener of its own, for the kernel spreads connections evenly over listeners (measured: 48 : 52 of
        a trickle, 31 : 69 where two processes share one). The parent keeps them open: while a worker is away, what
        connects to its listener waits for the next one, and nothing is refused or reset.
        """
        supervisor = Supervisor(
            log_dir=settings.DATA_DIR / "log", say=self._say, environment=shared_metrics(settings.DATA_DIR / "metrics")
        )
        supervisor.obey_signals()
        names = [f"web-{number}" for number in range(1, workers + 1)]
        for name in names:
            listener = web.listening_socket(host, port, shared=True)
            listener.listen(web.BACKLOG)
            descriptor = listener.detach()
            supervisor.start(
                Program(
                    name=name,
                    argv=[sys.executable, "manage.py", "serve", f"--listener={descriptor}"],
                    cwd=settings.BASE_DIR,
                    descriptors=[descriptor],
                    stop_secs=web.longest_end_secs(),
                    ready=READY,
                )
            )
        supervisor.replace_on(signal.SIGHUP, names)
        await supervisor.until_over()
        await supervisor.stop(together=True)
        return supervisor.failed

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
