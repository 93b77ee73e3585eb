"""Finds out before anything is started whether an address is free."""

from __future__ import annotations

import errno
import socket


class PortTaken(Exception):
    """One sentence for a person: what is wrong, and what to do about it."""


def check_free(host: str, port: int, *, variable: str) -> None:
    """Raises PortTaken; `variable` names what chooses another port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the servers do: connections of a server that has just stopped are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"Port {port} is in use: stop what listens there, or choose another one"
            elif error.errno == errno.EACCES:
                reason = f"Port {port} is not for ordinary users: choose one above 1023"
            else:
                reason = f"{host}:{port} cannot be listened on ({error.strerror}): choose another address"
            raise PortTaken(f"{reason} with {variable}=<number>.") from None
