"""Who may open a socket, and in which form of the protocol it speaks: the same on every server."""

from __future__ import annotations

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie

from django.conf import settings

from project.realtime.protocol.codecs import BY_SUBPROTOCOL, JSON, PROTOBUF, Codec

PATH = "/connection/websocket"
WANTS_PROTOBUF = {b"cf_protocol=protobuf", b"format=protobuf"}


def may_enter(origin: str) -> bool:
    """Whether a page of this origin may. Apps and bots send none: they may, but not with somebody's cookie."""
    return not origin or origin in settings.ORIGINS


def chosen_codec(subprotocols: Iterable[str], query: bytes) -> tuple[Codec, str | None]:
    """The codec a client asks for, by subprotocol or query, and the subprotocol to confirm."""
    for name in subprotocols:
        if codec := BY_SUBPROTOCOL.get(name):
            return codec, name
    return (PROTOBUF if WANTS_PROTOBUF & set(query.split(b"&")) else JSON), None


def session_key(headers: dict[bytes, bytes]) -> str:
    """The key in Django's session cookie, or nothing."""
    sent = headers.get(b"cookie")
    if not sent:
        return ""
    try:
        cookies = SimpleCookie(sent.decode("latin-1"))
    except CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""
