"""A conformance server on a port of its own, as `make conformance-server` starts it."""

from __future__ import annotations

import contextlib
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.support.ports import free_port
from tests.support.stack import Process

START_SECS = 60


@contextlib.contextmanager
def conformance_server(folder: Path, redis_url: str) -> Iterator[int]:
    """Its port. Its log is `folder`/conformance.log."""
    port = free_port()
    data = folder / "data"
    data.mkdir()
    environment = {
        "DJANGO_SETTINGS_MODULE": "project.settings.conformance",
        "DATA_DIR": str(data),
        "REDIS_URL": redis_url,
        "PORT": str(port),
    }
    argv = [sys.executable, "manage.py", "conformance_server", "--port", str(port)]
    server = Process("conformance", argv, log=folder / "conformance.log", environment=environment)
    try:
        deadline = time.monotonic() + START_SECS
        while not _is_up(port):
            if not server.is_running or time.monotonic() > deadline:
                raise RuntimeError(f"the conformance server does not start:\n{server.last_words()}")
            time.sleep(0.05)
        yield port
    finally:
        server.stop()


def _is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
