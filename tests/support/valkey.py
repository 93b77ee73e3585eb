"""A private Valkey for tests, which this process and the processes that it starts use."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from project.celery import app as celery_app
from project.server import valkey
from project.server.parent import die_with_parent


class PrivateValkey:
    """`start`, `stop` and `kill` may be called again and again; with `keep`, an orderly stop keeps what it holds."""

    def __init__(self, *, keep: bool = False) -> None:
        # Not under TMPDIR: the kernel takes only short paths for sockets.
        self.folder = Path(tempfile.mkdtemp(prefix="souk-valkey-", dir="/tmp"))
        self.socket = valkey.socket_in(self.folder)
        self.url = valkey.redis_url(self.socket)
        self.broker_url = valkey.broker_url(self.socket)
        self._keep = keep
        self._process: subprocess.Popen[bytes] | None = None
        self._client: redis.Redis | None = None

    def start(self) -> None:
        with (self.folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(
                valkey.argv(keep=self._keep),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )
        deadline = time.monotonic() + 20
        while not valkey.answers(self.socket):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Valkey did not start:\n{(self.folder / 'valkey.log').read_text()}")
            time.sleep(0.01)

    def stop(self) -> None:
        self._end("terminate")

    def kill(self) -> None:
        self._end("kill")

    def _end(self, how: str) -> None:
        if self._client:
            self._client.close()
            self._client = None
        if self._process:
            getattr(self._process, how)()
            self._process.wait(20)
            self._process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def client(self) -> redis.Redis:
        if self._client is None:
            self._client = redis.Redis.from_url(self.url)
        return self._client

    def forget(self) -> None:
        """Every key goes, as between two tests."""
        self.client.flushdb()


def use(server: PrivateValkey) -> Any:
    """Point this process and its future children at `server`; returns a function that undoes it."""
    before = settings.REDIS_URL, settings.CELERY_BROKER_URL, celery_app.conf.broker_url
    environment = {name: os.environ.get(name) for name in ("REDIS_URL", "CELERY_BROKER_URL")}
    settings.REDIS_URL, settings.CELERY_BROKER_URL = server.url, server.broker_url
    celery_app.conf.broker_url = server.broker_url
    os.environ.update(REDIS_URL=server.url, CELERY_BROKER_URL=server.broker_url)

    def undo() -> None:
        settings.REDIS_URL, settings.CELERY_BROKER_URL, celery_app.conf.broker_url = before
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    return undo
