"""What the servers need, and the servers: each a process of ours, which ends with this one."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from tests.bench.load import compiled
from tests.support.ports import free_port
from tests.support.postgres import NoPostgres, running_cluster

START_SECS = 60
SOUK = "Souk"
UVICORN = "stock Channels, uvicorn"
DAPHNE = "stock Channels, daphne"


@dataclass(frozen=True, kw_only=True)
class House:
    """What all servers share."""

    folder: Path
    wsload: Path
    valkey_pid: int
    # None: SQLite, inside the web process.
    postgres_pid: int | None


@dataclass(frozen=True, kw_only=True)
class Server:
    name: str
    pid: int
    port: int


@contextmanager
def house() -> Iterator[House]:
    """A private Valkey, a private PostgreSQL where it is installed, a migrated database. Raises NoCompiler."""
    with ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix="souk-bench-", dir="/tmp"))
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        wsload = compiled(folder)
        for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
            os.environ.pop(name, None)
        os.environ.update(DATA_DIR=str(folder), LOG_LEVEL="WARNING", SOUK_DEMO="0")
        postgres_pid = None
        try:
            cluster = ending.enter_context(running_cluster())
        except NoPostgres:
            pass
        else:
            postgres_pid = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
            os.environ.update(
                DATABASE_URL=cluster.url(),
                SECRET_KEY="only-to-measure-" + "x" * 40,
                SEAL_KEYS=Fernet.generate_key().decode(),
                SANDBOX_WEBHOOK_SECRET="only-to-measure",
            )

        import django

        django.setup()
        from django.core.management import call_command

        from tests.support.valkey import PrivateValkey, use

        valkey = PrivateValkey()
        ending.callback(valkey.remove)
        valkey.start()
        use(valkey)
        call_command("migrate", verbosity=0)
        valkey_pid = valkey.client.info("server")["process_id"]
        yield House(folder=folder, wsload=wsload, valkey_pid=valkey_pid, postgres_pid=postgres_pid)


@contextmanager
def serving(house: House, name: str) -> Iterator[Server]:
    """One of the servers, ready."""
    from tests.support.stack import Process

    port = free_port()
    stock = "tests.bench.peers.stock_channels:application"
    argv = {
        SOUK: ["manage.py", "serve", "--host", "127.0.0.1", "--port", str(port)],
        UVICORN: [
            *("-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
            *("--loop", "uvloop", "--ws", "websockets-sansio", "--lifespan", "off", stock),
        ],
        DAPHNE: ["-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", stock],
    }[name]
    log = house.folder / f"{port}.log"
    process = Process(name, [sys.executable, *argv], log=log, environment={"PORT": str(port)})
    try:
        deadline = time.monotonic() + START_SECS
        while not _listens(port):
            if not process.is_running or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start:\n{process.last_words()}")
            time.sleep(0.05)
        yield Server(name=name, pid=process.pid, port=port)
    finally:
        process.stop()
        if words := process.last_words():
            print(f"{name} said:\n{words}", file=sys.stderr)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
