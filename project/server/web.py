"""The web process: uvicorn with our own WebSocket protocol class."""

from __future__ import annotations

import gc
import os
import resource
import socket
from collections.abc import Callable

import uvicorn
from django.conf import settings

from project.realtime.draining import FAREWELL_SECS
from project.realtime.outbound import SLOW_BYTES
from project.realtime.protocol.messages import MOST_FRAME_BYTES
from project.realtime.server.uvicorn_ws import FrontDoor
from project.server.draining import DrainingServer

# After draining: how long requests that are still open may take.
GRACEFUL_SECS = 10
BACKLOG = 2048


def listening_socket(host: str, port: int, *, shared: bool) -> socket.socket:
    """`shared`: several processes listen there, and the kernel spreads connections over them. Raises OSError."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # Connections inherit it. Without it the kernel takes 4 MB for somebody who reads nothing, and he is noticed late.
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, SLOW_BYTES)
    listener.bind((host, port))
    return listener


def longest_end_secs() -> float:
    """Within this time a server that was told to end has ended."""
    return settings.DRAIN_SECS + FAREWELL_SECS + GRACEFUL_SECS + 5


def serve(listener: socket.socket, *, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT, or until SIGHUP says that another process took over the listener; then drain.

    `on_ready` is called when connections are accepted.
    """
    _allow_many_connections()
    behind_proxy = os.environ.get("BEHIND_PROXY") == "1"
    config = uvicorn.Config(
        "project.asgi:application",
        loop="uvloop",
        # Our own WebSocket class; other paths than the engine's go on to uvicorn's classes.
        http=FrontDoor(),  # type: ignore[arg-type]
        ws="websockets-sansio",
        ws_max_size=MOST_FRAME_BYTES,
        ws_per_message_deflate=False,
        access_log=False,
        # Django's LOGGING says where everything goes.
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=behind_proxy,
        forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1") if behind_proxy else None,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACEFUL_SECS,
    )
    config.load()
    _never_look_again_at_what_is_loaded()
    DrainingServer(config, drain_secs=settings.DRAIN_SECS, on_ready=on_ready).run(sockets=[listener])


def _allow_many_connections() -> None:
    """Each viewer holds a file descriptor, and the usual soft limit is 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _never_look_again_at_what_is_loaded() -> None:
    """The garbage collector need not: all of it stays."""
    gc.collect()
    gc.freeze()
