"""Playlists and segments over HTTP: which file, for whom, with which headers."""

import asyncio
import time
from enum import Enum, auto

from django.contrib.auth.models import AnonymousUser

from community.accounts.models import User
from live.media.folder import FILE_NAME, INDEX, folder_path
from live.shows.models import Show
from project.kernel.database import database

# A viewer asks for about two files a second; the show is looked up once a second for all of them.
STATE_SECS = 1.0
MOST_STATES = 1000

CONTENT_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mp4": "video/mp4", ".m4s": "video/iso.segment"}


class Audience(Enum):
    EVERYONE = auto()
    HOST = auto()  # a rehearsal before the show
    NOBODY = auto()


_states: dict[int, tuple[float, Audience]] = {}


async def audience_of(show_id: int) -> Audience:
    known_until, audience = _states.get(show_id, (0.0, Audience.NOBODY))
    if known_until < time.monotonic():
        audience = await database(_audience_of, show_id)
        if len(_states) >= MOST_STATES:
            _states.clear()
        _states[show_id] = time.monotonic() + STATE_SECS, audience
    return audience


def may_rehearse(*, show_id: int, user: User | AnonymousUser) -> bool:
    if not user.is_authenticated:
        return False
    return user.is_staff or Show.objects.filter(pk=show_id, host_id=user.pk).exists()


async def read(show_id: int, name: str) -> bytes | None:
    """None: there is no such file, or not for viewers. `name` is one path segment as it came from outside."""
    if not FILE_NAME.fullmatch(name):
        return None
    try:
        return await asyncio.to_thread((folder_path(show_id) / name).read_bytes)
    except OSError:
        return None


def headers(name: str, *, is_public: bool) -> dict[str, str]:
    caching = "no-cache" if name == INDEX else "max-age=31536000, immutable"
    return {
        "Content-Type": CONTENT_TYPES["." + name.rpartition(".")[2]],
        "Cache-Control": f"{'public' if is_public else 'private'}, {caching}",
    }


def _audience_of(show_id: int) -> Audience:
    match Show.objects.filter(pk=show_id).values_list("state", flat=True).first():
        case Show.State.LIVE | Show.State.ENDED:
            return Audience.EVERYONE
        case Show.State.SCHEDULED:
            return Audience.HOST
    return Audience.NOBODY


def forget() -> None:
    """Look every show up anew."""
    _states.clear()
