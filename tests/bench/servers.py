"""What the servers need, and the servers: each a process of ours, which ends with this one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import redis
from cryptography.fernet import Fernet

from tests.bench.load import compiled
from tests.bench.rooms import DAPHNE, FLOOR, NCHAN, OSCAR, SOCKETIO, SOUK, UVICORN
from tests.bench.usage import children_of
from tests.support.ports import free_port
from tests.support.postgres import COUNTING, Cluster, NoPostgres, running_cluster

START_SECS = 60
GUNICORN_THREADS = 4
PEERS = Path(__file__).with_name("peers")
TOOLS = Path(__file__).parents[2] / "deploy" / "tools"


class Missing(RuntimeError):
    """A peer cannot be had on this machine; the message says why."""


@dataclass(frozen=True, kw_only=True)
class House:
    """What all servers share."""

    folder: Path
    wsload: Path
    httpload: Path
    floor: Path
    valkey: redis.Redis
    valkey_pid: int
    # None: SQLite, inside the web process.
    postgres_pid: int | None
    counts_statements: bool


@dataclass(frozen=True, kw_only=True)
class Server:
    name: str
    pid: int
    port: int

    @property
    def workers(self) -> list[int]:
        """The processes that serve, where a parent watches over them; else itself."""
        return children_of(self.pid) or [self.pid]


@contextmanager
def house() -> Iterator[House]:
    """A private Valkey, a private PostgreSQL where it is installed, a migrated database. Raises NoCompiler."""
    with ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix="souk-bench-", dir="/tmp"))
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        wsload, httpload, floor = (compiled(name, folder) for name in ("wsload", "httpload", "floor"))
        for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
            os.environ.pop(name, None)
        os.environ.update(DATA_DIR=str(folder), LOG_LEVEL="WARNING", SOUK_DEMO="0")
        postgres_pid, counts_statements = None, False
        try:
            cluster = ending.enter_context(running_cluster())
        except NoPostgres:
            pass
        else:
            counts_statements = _count_statements(cluster)
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
        yield House(
            folder=folder,
            wsload=wsload,
            httpload=httpload,
            floor=floor,
            valkey=valkey.client,
            valkey_pid=valkey.client.info("server")["process_id"],
            postgres_pid=postgres_pid,
            counts_statements=counts_statements,
        )


def _count_statements(cluster: Cluster) -> bool:
    """Whether PostgreSQL counts what it carries out: it does where its contributed modules are installed."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        if connection.execute("SHOW shared_preload_libraries").fetchone() != (COUNTING,):
            return False
        connection.execute(f"CREATE EXTENSION {COUNTING}")
    return True


@contextmanager
def serving(house: House, name: str, *, workers: int = 1) -> Iterator[Server]:
    """One of the servers, ready. Raises Missing."""
    from tests.support.stack import Process

    port = free_port()
    argv, environment = _command(house, name, port, workers)
    log = house.folder / f"{port}.log"
    process = Process(name, argv, log=log, environment={"PORT": str(port), **environment})
    server = Server(name=name, pid=process.pid, port=port)
    try:
        deadline = time.monotonic() + START_SECS
        while not _listens(port) or len(server.workers) < workers:
            if not process.is_running or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start:\n{process.last_words()}")
            time.sleep(0.05)
        if workers > 1:
            # The port answers as soon as the first of them listens.
            time.sleep(5)
        yield server
    finally:
        process.stop()
        if words := process.last_words(2000):
            print(f"{name} said:\n{words}", file=sys.stderr)


def _command(house: House, name: str, port: int, workers: int) -> tuple[list[str], dict[str, str]]:
    """How a server is started, and what its environment needs. Raises Missing."""
    stock = "tests.bench.peers.stock_channels:application"
    if name == SOUK:
        argv = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", f"--workers={workers}"]
        return [*argv, "--port", str(port)], {}
    if name == UVICORN:
        argv = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
        return [*argv, "--loop", "uvloop", "--ws", "websockets-sansio", "--lifespan", "off", stock], {}
    if name == DAPHNE:
        return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", stock], {}
    if name == NCHAN:
        return _nginx(house, port), {}
    if name == SOCKETIO:
        node = [with_node(), "node", str(PEERS / "socketio.js"), str(port)]
        return node, {"NODE_PATH": str(socketio_modules())}
    if name == OSCAR:
        return _gunicorn(port, workers), oscar_environment()
    assert name == FLOOR
    return [str(house.floor), str(port)], {}


def _nginx(house: House, port: int) -> list[str]:
    module, folder = nchan_module(), house.folder / f"nginx-{port}"
    folder.mkdir()
    text = (PEERS / "nchan.conf").read_text()
    for place, value in {"@MODULE@": module, "@FOLDER@": folder, "@PORT@": port}.items():
        text = text.replace(place, str(value))
    (folder / "nginx.conf").write_text(text)
    return [nginx_program(), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def _gunicorn(port: int, workers: int) -> list[str]:
    options = ["--bind", f"127.0.0.1:{port}", f"--workers={workers}", f"--threads={GUNICORN_THREADS}", "--preload"]
    return [oscar_python(), "-m", "gunicorn", *options, "--keep-alive=60", "tests.bench.peers.oscar.wsgi"]


def oscar_environment() -> dict[str, str]:
    """Its own database in the cluster that Souk uses, and the same Valkey."""
    from django.db import connection

    settings = "tests.bench.peers.oscar.settings"
    return {"DJANGO_SETTINGS_MODULE": settings, "OSCAR_DATABASE": f"{connection.settings_dict['HOST']}/oscar"}


@cache
def oscar_python() -> str:
    """The Python that django-oscar is installed for. Raises Missing."""
    found = subprocess.run([TOOLS / "bench-tools", "oscar"], stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        raise Missing("django-oscar is not installed")
    return found.stdout.strip()


def nginx_program() -> str:
    # Debian keeps it off the PATH of ordinary users.
    return shutil.which("nginx") or "/usr/sbin/nginx"


def with_node() -> str:
    return str(TOOLS / "with-node")


@cache
def nchan_module() -> Path:
    """Raises Missing."""
    found = sorted(Path("/").glob("usr/lib*/nginx/modules/ngx_nchan_module.so"))
    if not found or not Path(nginx_program()).exists():
        raise Missing("nginx with its module nchan is not installed")
    return found[0]


@cache
def socketio_modules() -> Path:
    """Raises Missing."""
    found = subprocess.run([TOOLS / "bench-tools", "socketio"], stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        raise Missing("socket.io is not installed")
    return Path(found.stdout.strip())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
