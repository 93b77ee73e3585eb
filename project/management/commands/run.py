"""`manage.py run`: everything that Souk needs, in one process tree that starts and ends together."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from project.server import valkey, web
from project.server.banner import banner
from project.server.metrics import shared_metrics
from project.server.ports import PortTaken, check_free
from project.server.supervisor import Program, Supervisor

START_SECS = 120


class Command(BaseCommand):
    help = "Starts Valkey, the web server, a Celery worker with beat and the stream server, and keeps them running."
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            check_free(host, port, variable="PORT")
            check_free(settings.RTMP_HOST, settings.RTMP_PORT, variable="RTMP_PORT")
            socket = valkey.socket_in(settings.DATA_DIR)
        except (PortTaken, valkey.FolderTooDeep) as error:
            raise CommandError(str(error)) from None
        with self._only_one():
            asyncio.run(self._run(host, port, private_valkey=socket if "REDIS_URL" not in os.environ else None))

    def _only_one(self) -> IO[str]:
        """A lock that ends with the process, however it ends. Raises CommandError."""
        lock = (settings.DATA_DIR / "run.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise CommandError(f"Souk is running already with the data in {settings.DATA_DIR}.") from None
        return lock

    async def _run(self, host: str, port: int, *, private_valkey: Any) -> None:
        supervisor = Supervisor(
            log_dir=settings.DATA_DIR / "log",
            say=self._say,
            environment={
                "PORT": str(port),
                "HOST": host,
                # There is no other server to send anyone to.
                "DRAIN_SECS": os.environ.get("DRAIN_SECS", "0"),
                **shared_metrics(settings.DATA_DIR / "metrics"),
            },
        )
        supervisor.obey_signals()
        try:
            self._say("Souk is starting…")
            if private_valkey:
                supervisor.start(self._program("valkey", *valkey.argv(keep=True), cwd=settings.DATA_DIR))
                await self._wait(supervisor, "Valkey", lambda: asyncio.to_thread(valkey.answers, private_valkey))
            if not supervisor.over:
                await asyncio.to_thread(self._prepare)
            if not supervisor.over:
                self._start_programs(supervisor)
                await self._wait(supervisor, "The web server", lambda: _is_ready(host, port))
            if not supervisor.over:
                self._say(banner(port))
            await supervisor.until_over()
        finally:
            self._say("Souk is stopping…")
            await supervisor.stop()
        if supervisor.failed:
            raise CommandError(f"Souk has stopped: the lines above say why, {settings.DATA_DIR / 'log'} says more.")

    def _start_programs(self, supervisor: Supervisor) -> None:
        manage = (sys.executable, "manage.py")
        supervisor.start(
            self._program(
                "worker",
                *(sys.executable, "-m", "celery", "-A", "project", "worker", "--beat"),
                *("--schedule", str(settings.DATA_DIR / "beat-schedule"), "--pool", "threads", "--concurrency", "4"),
                *("--hostname", "souk@%h", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
            )
        )
        supervisor.start(self._program("web", *manage, "serve", stop_secs=web.longest_end_secs()))
        known = get_commands()
        if "ingest" in known:
            supervisor.start(self._program("ingest", *manage, "ingest", essential=False))
        if settings.DEMO and "stream_demo" in known:
            supervisor.start(self._program("demo-stream", *manage, "stream_demo", essential=False))

    def _prepare(self) -> None:
        """The database as this version of the code wants it; in demo mode, with a shop in it."""
        try:
            call_command("migrate", interactive=False, verbosity=0)
            if settings.DEMO and "seed_demo" in get_commands():
                call_command("seed_demo")
        finally:
            connections.close_all()

    async def _wait(self, supervisor: Supervisor, what: str, ready: Any) -> None:
        if not await supervisor.until(ready, secs=START_SECS) and not supervisor.over:
            raise CommandError(f"{what} does not answer after {START_SECS} s: see {settings.DATA_DIR / 'log'}.")

    def _program(self, name: str, *argv: str, cwd: Any = settings.BASE_DIR, **options: Any) -> Program:
        return Program(name=name, argv=argv, cwd=cwd, **options)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


async def _is_ready(host: str, port: int) -> bool:
    """Whether the web server says that it, its database and its Redis can work."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1" if host in ("0.0.0.0", "::") else host, port)
    except OSError:
        return False
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b" 200 " in await asyncio.wait_for(reader.readline(), 10)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
