"""Real processes of Souk on the test's database and Valkey: web servers, a Celery worker, the stream server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.test import Client

from community.accounts.models import User
from project.server.parent import die_with_parent
from tests.support.ports import free_port
from tests.support.valkey import PrivateValkey

START_SECS = 60
STOP_SECS = 20


def database_url() -> str:
    """The address of the database that the test in this process uses."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    user = f"{quote(found['USER'])}:{quote(found['PASSWORD'] or '')}@" if found["USER"] else ""
    port = f":{found['PORT']}" if found["PORT"] else ""
    return f"postgres://{user}{quote(found['HOST'], safe='')}{port}/{found['NAME']}"


class Process:
    """One process; its output is in `log`. It ends with the test's process, however that one ends."""

    def __init__(
        self,
        name: str,
        argv: list[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
    ) -> None:
        self.name, self.log = name, log
        self._argv, self._environment, self._descriptors = argv, environment, descriptors
        self._popen: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                self._argv,
                cwd=settings.BASE_DIR,
                # PostgreSQL's own view of who is connected tells them apart by it.
                env={**os.environ, **self._environment, "PGAPPNAME": self.name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(),
                pass_fds=self._descriptors,
            )

    @property
    def pid(self) -> int:
        assert self._popen
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def signal(self, how: signal.Signals) -> None:
        """To the process alone, not to its children."""
        if self.is_running:
            os.kill(self.pid, how)

    def kill(self) -> None:
        """At once, with its children."""
        self.signal_group(signal.SIGKILL)
        if self._popen:
            self._popen.wait(STOP_SECS)

    def stop(self) -> None:
        self.signal(signal.SIGTERM)
        try:
            if self._popen:
                self._popen.wait(STOP_SECS)
        finally:
            self.signal_group(signal.SIGKILL)

    def signal_group(self, how: signal.Signals) -> None:
        try:
            os.killpg(self.pid, how)
        except ProcessLookupError:
            return

    def last_words(self, characters: int = 6000) -> str:
        return self.log.read_text(errors="replace")[-characters:]


class WebServer(Process):
    port: int

    def __init__(self, name: str, port: int, *, log: Path, environment: Mapping[str, str]) -> None:
        self.port = port
        argv = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(port)]
        super().__init__(name, argv, log=log, environment={**environment, "PORT": str(port)})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/connection/websocket"

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


class Stack:
    """What runs for one test. Start what the test needs; everything ends before the test's data goes."""

    def __init__(self, *, folder: Path, valkey: PrivateValkey) -> None:
        self.folder = folder
        self.valkey = valkey
        self.web: list[WebServer] = []
        self.processes: list[Process] = []
        self.rtmp_port = free_port()
        self._ports = [free_port() for _ in range(4)]
        origins = [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost") for port in self._ports]
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "project.settings.test",
            "PYTHONUNBUFFERED": "1",
            # Tests of the drain choose their own.
            "DRAIN_SECS": "0",
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(settings.DATA_DIR),
            "REDIS_URL": valkey.url,
            "CELERY_BROKER_URL": valkey.broker_url,
            "SECRET_KEY": settings.SECRET_KEY,
            "SEAL_KEYS": ",".join(settings.SEAL_KEYS),
            "SANDBOX_WEBHOOK_SECRET": settings.SANDBOX_WEBHOOK_SECRET,
            "PAYMENT_PROVIDERS": "sandbox",
            "SITE_URL": f"http://127.0.0.1:{self._ports[0]}",
            "ORIGINS": ",".join(origins),
            "RTMP_HOST": "127.0.0.1",
            "RTMP_PORT": str(self.rtmp_port),
            "RTMP_PUBLIC_URL": f"rtmp://127.0.0.1:{self.rtmp_port}/live",
        }

    # --- Starting ---

    def start(self, *, web: int = 1, worker: bool = False, ingest: bool = False) -> Stack:
        """Start them side by side and wait until all of them answer."""
        for _ in range(web):
            self._start_web()
        if worker:
            self.start_worker(wait=False)
        if ingest:
            self.start_ingest(wait=False)
        for server in self.web:
            self._until(server.is_ready, server)
        for process in self.processes:
            if process.name == "worker":
                self._until(lambda process=process: " ready." in process.last_words(), process)  # type: ignore[misc]
            if process.name == "ingest":
                self._until(self._takes_rtmp, process)
        return self

    def _start_web(self) -> None:
        number = len(self.web)
        server = WebServer(
            f"web-{number + 1}",
            self._ports[number],
            log=self.folder / f"web-{number + 1}.log",
            environment=self.environment,
        )
        self.web.append(server)
        self.processes.append(server)

    def start_worker(self, *, wait: bool = True) -> Process:
        """A Celery worker with beat, as `manage.py run` starts it."""
        argv = ["-m", "celery", "-A", "project", "worker", "--beat", "--schedule", str(self.folder / "beat")]
        options = ["--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle", "-l", "INFO"]
        process = self._start("worker", sys.executable, *argv, *options)
        if wait:
            self._until(lambda: " ready." in process.last_words(), process)
        return process

    def start_ingest(self, *, wait: bool = True) -> Process:
        process = self._start("ingest", sys.executable, "manage.py", "ingest")
        if wait:
            self._until(self._takes_rtmp, process)
        return process

    def start_program(self, name: str, *argv: str, descriptors: Sequence[int] = ()) -> Process:
        """A process of the test's own making, in the environment of the others; it inherits the `descriptors`."""
        return self._start(name, *argv, descriptors=descriptors)

    def start_python(self, name: str, code: str) -> Process:
        """Python code in a process of its own, with Django ready."""
        return self._start(name, sys.executable, "-c", f"import django; django.setup()\n{code}")

    def _start(self, name: str, *argv: str, descriptors: Sequence[int] = ()) -> Process:
        log = self.folder / f"{name}.log"
        process = Process(name, list(argv), log=log, environment=self.environment, descriptors=descriptors)
        self.processes.append(process)
        return process

    def restart(self, process: Process) -> None:
        process.kill()
        process.start()
        if isinstance(process, WebServer):
            self._until(process.is_ready, process)

    # --- Using ---

    @property
    def url(self) -> str:
        return self.web[0].url

    @property
    def websocket_url(self) -> str:
        return self.web[0].websocket_url

    def cookie_of(self, user: User) -> str:
        """A `Cookie` header of a browser in which `user` is logged in."""
        client = Client()
        client.force_login(user)
        jar: SimpleCookie = client.cookies
        return f"{settings.SESSION_COOKIE_NAME}={jar[settings.SESSION_COOKIE_NAME].value}"

    def token_of(self, user: User) -> str:
        """A realtime token of `user`."""
        client = Client()
        client.force_login(user)
        answer = client.post("/api/realtime/token")
        assert answer.status_code == 200, answer.content
        token: str = answer.json()["token"]
        return token

    def get(self, path: str, *, cookie: str = "", server: WebServer | None = None) -> Any:
        """JSON of a GET. Raises urllib.error.HTTPError."""
        request = urllib.request.Request(f"{(server or self.web[0]).url}{path}", headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def until(self, condition: Callable[[], Any], *, secs: float = 20, what: str = "it") -> Any:
        """Poll until `condition()` is true, and return what it gave. Fails with the processes' logs."""
        deadline = time.monotonic() + secs
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not happen within {secs} s")
            time.sleep(0.02)
        return found

    # --- Ending ---

    def close(self) -> None:
        for process in self.processes:
            process.signal(signal.SIGCONT)
            process.signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.stop()
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(settings.HLS_ROOT, ignore_errors=True)

    def logs(self) -> list[tuple[str, str]]:
        return [(f"log of {process.name}", process.last_words()) for process in self.processes]

    def _takes_rtmp(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.rtmp_port)) == 0

    def _until(self, ready: Callable[[], bool], process: Process) -> None:
        deadline = time.monotonic() + START_SECS
        while not ready():
            if not process.is_running or time.monotonic() > deadline:
                raise RuntimeError(f"{process.name} did not start:\n{process.last_words()}")
            time.sleep(0.05)
