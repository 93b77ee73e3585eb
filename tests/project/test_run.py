"""`manage.py run`: one command, everything runs; it ends, and nothing is left."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.ports import free_port

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="run is the embedded way: SQLite"),
]

# What hangs, however busy the machine.
START_SECS = 240


class Souk:
    def __init__(self, folder: Path) -> None:
        self.data, self.port, self.rtmp_port = folder / "the data", free_port(), free_port()
        self.output = folder / "output"
        self._environment = {
            name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "CELERY_BROKER_URL")
        } | {
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "RTMP_PORT": str(self.rtmp_port),
            "RTMP_HOST": "127.0.0.1",
        }

    def command(self, **others: object) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=settings.BASE_DIR,
                env=self._environment | {name: str(value) for name, value in others.items()},
                stdout=output,
                stderr=output,
            )

    def said(self) -> str:
        return self.output.read_text()

    def pids(self) -> list[int]:
        """Processes that work on the data, or were started by one that does."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdecimal() and f"DATA_DIR={self.data}\0".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


def until(condition: Callable[[], object], souk: Souk) -> None:
    deadline = time.monotonic() + START_SECS
    while not condition():
        assert time.monotonic() < deadline, souk.said()
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def souk() -> Iterator[Souk]:
    folder = Path(tempfile.mkdtemp(prefix="souk-run-", dir="/tmp"))
    souk = Souk(folder)
    yield souk
    for pid in souk.pids():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def test_it_starts_everything_and_ends_it(souk: Souk) -> None:
    process = souk.command()
    until(lambda: "Souk is running" in souk.said() or process.poll() is not None, souk)
    with urllib.request.urlopen(f"http://127.0.0.1:{souk.port}/readyz", timeout=10) as answer:
        assert answer.status == 200
    until(lambda: listens(souk.rtmp_port), souk)
    until(lambda: " ready." in (souk.data / "log" / "worker.log").read_text(), souk)

    second = souk.command(PORT=free_port(), RTMP_PORT=free_port())
    assert second.wait(60) == 1
    assert f"Souk is running already with the data in {souk.data}." in souk.said()

    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert souk.said().rstrip().endswith("Souk is stopping…")
    assert souk.pids() == []


def test_what_dies_comes_back(souk: Souk) -> None:
    process = souk.command()
    until(lambda: "Souk is running" in souk.said() or process.poll() is not None, souk)
    web = next(pid for pid in souk.pids() if b"\0serve\0" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(web, signal.SIGKILL)

    def answers() -> bool:
        try:
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{souk.port}/healthz", timeout=5).status == 200)
        except OSError:
            return False

    until(lambda: "[web] ended with SIGKILL" in souk.said(), souk)
    until(answers, souk)

    # The supervisor is killed: the kernel tells its children.
    process.kill()
    process.wait()
    until(lambda: souk.pids() == [], souk)


def test_a_port_in_use_is_said_in_one_sentence(souk: Souk) -> None:
    with socket.create_server(("127.0.0.1", souk.port)):
        assert souk.command().wait(60) == 1
    assert souk.said() == (
        f"CommandError: Port {souk.port} is in use: stop what listens there, "
        "or choose another one with PORT=<number>.\n"
    )
