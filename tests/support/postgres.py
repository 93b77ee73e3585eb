"""A PostgreSQL of its own for one command: `python -m tests.support.postgres pytest …` sets DATABASE_URL for it.

The cluster lives in a temporary folder, listens on a socket there alone, and goes with the command. PostgreSQL refuses
to run as root: then it runs as `postgres` or `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import psycopg

from project.server.parent import die_with_parent

START_SECS = 60
# Everything that makes it durable stays on: what is tested is what runs in production, only smaller.
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "500",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "timezone": "UTC",
}


COUNTING = "pg_stat_statements"


class NoPostgres(RuntimeError):
    """initdb and postgres are not on this machine."""


def program(name: str) -> str:
    """Raises NoPostgres. Debian keeps the programs off the PATH."""
    if found := shutil.which(name):
        return found
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if not installed:
        raise NoPostgres(f"{name} is not installed")
    return str(installed[-1])


def _unprivileged() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("there is no user that PostgreSQL could run as")


def _can_count() -> bool:
    """Whether the contributed module that counts statements is installed."""
    try:
        asked = [program("pg_config"), "--pkglibdir"]
    except NoPostgres:
        return False
    libraries = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return (Path(libraries) / f"{COUNTING}.so").exists()


class Cluster:
    """`start`, `stop` and `kill` may be called again and again; what was committed stays until `remove`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="souk-postgres-", dir="/tmp"))
        self._owner = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        if self._owner:
            os.chown(self.folder, self._owner.pw_uid, self._owner.pw_gid)
        made = self._run(
            *(program("initdb"), "--pgdata", str(self.folder / "data"), "--username", "souk", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-instructions"),
        )
        if made.wait():
            raise RuntimeError(f"initdb failed:\n{self._log()}")

    def url(self, database: str = "postgres") -> str:
        return f"postgres://souk@{quote(str(self.folder), safe='')}/{database}"

    def start(self) -> None:
        known = SETTINGS | ({"shared_preload_libraries": COUNTING} if _can_count() else {})
        settings = [part for name, value in known.items() for part in ("-c", f"{name}={value}")]
        self._process = self._run(
            *(program("postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *settings)
        )
        deadline = time.monotonic() + START_SECS
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{self._log()}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """The fast way: sessions are cut, committed work is kept."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As if the power went: the next start recovers from the log."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *argv: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # A Ctrl-C is for the command; the cluster is stopped after it.
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGQUIT),
                user=self._owner.pw_uid if self._owner else None,
                group=self._owner.pw_gid if self._owner else None,
                extra_groups=[] if self._owner else None,
            )

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


def main(command: Sequence[str]) -> int:
    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        with running_cluster() as cluster:
            environment = {**os.environ, **_secrets(), "DATABASE_URL": cluster.url()}
            # Importing the project has named the ordinary settings; the command finds its own.
            environment.pop("DJANGO_SETTINGS_MODULE", None)
            running = subprocess.Popen(command, env=environment, preexec_fn=die_with_parent())
            try:
                return running.wait()
            except KeyboardInterrupt:
                running.send_signal(signal.SIGINT)
                running.wait(60)
                return 130
    except NoPostgres as error:
        print(f"!!! {error}", file=sys.stderr)  # noqa: T201
        return 1


def _secrets() -> dict[str, str]:
    """With a named database the settings want secrets from the environment."""
    from cryptography.fernet import Fernet

    made = {
        "SECRET_KEY": "only-for-tests-" + "x" * 40,
        "SEAL_KEYS": Fernet.generate_key().decode(),
        "SANDBOX_WEBHOOK_SECRET": "only-for-tests",
    }
    return {name: os.environ.get(name, value) for name, value in made.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
