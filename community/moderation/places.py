"""The channels that can be moderated. Those who own them stand above, and register here (`project/wiring.py`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from community.moderation.models.sanctions import SITE
from project.kernel.errors import NotFound


class Said(NamedTuple):
    """A message, for whoever looks back."""

    channel: str
    author_id: int
    text: str
    at: datetime


class Beside(NamedTuple):
    """What a message has beside its text: whom it mentions where (user id or None for everybody, start, length), an
    upload by its code, what a card is `about` (`product:12`).
    """

    mentions: tuple[tuple[int | None, int, int], ...] = ()
    upload: str = ""
    about: str = ""


class Place(ABC):
    """A kind of channel. Ids are those in its name."""

    # Messages may be held, slowed down or matched with rules; otherwise only what is reported is looked at.
    watched = True
    # Whoever runs it has followers, to whom it may be left.
    followed = False
    # Whoever runs it looks at its members, and at what they are held to.
    has_members = False

    @abstractmethod
    def titles(self, ids: Collection[int]) -> Mapping[int, str]:
        """What they are called; those that do not exist are missing."""

    def named(self, text: str, most: int) -> Mapping[int, str]:
        """Those whose titles have this in them; where nothing is watched, none."""
        return {}

    @abstractmethod
    def run_by(self, id: int) -> set[int]:
        """Who runs it, by user id: they moderate it, and nobody but the staff sanctions them there."""

    def concerns(self, id: int, user_id: int) -> bool:
        """Whether somebody has to do with it; whoever runs it holds nobody else to anything there."""
        return True

    def followers(self, id: int, user_ids: Collection[int]) -> set[int]:
        """Those of `user_ids` who follow whoever runs it; where nobody is `followed`, all of them."""
        return set(user_ids)

    def joined(self, id: int, user_ids: Collection[int]) -> Mapping[int, datetime]:
        """When those of `user_ids` who are in it came; where nobody joins, nobody."""
        return {}

    def hide_earlier(self, channel: str, author_id: int, since: datetime, *, in_shadow: bool) -> list[int]:
        """Put out of sight what somebody has said, in the shadow out of that of all others; answers the ids of the
        messages."""
        return []

    def hide_again(self, channel: str, message_ids: Collection[int]) -> list[int]:
        """The same with messages that were so before; answers the ids of those that are in sight now."""
        return []

    def restore(self, channel: str, message_ids: Collection[int]) -> None:  # noqa: B027 (where nothing is put away)
        """Bring back what a sanction put out of sight."""

    def say(self, *, channel: str, author_id: int, text: str, key: str, reply_to: int | None, beside: Beside) -> int:
        """Give a message that was held its place. Raises what the place refuses with."""
        raise NotFound

    def said_since(self, id: int | None, since: datetime, most: int) -> Iterable[Said]:
        """The last messages in it, or in all of its kind, newest first."""
        return []


_places: dict[str, Place] = {}


def install(places: Mapping[str, Place]) -> None:
    _places.clear()
    _places.update(places)


def split(channel: str) -> tuple[Place, int]:
    """Raises NotFound for what is no channel that can be moderated."""
    kind, _, id = channel.partition(":")
    place = _places.get(kind)
    if place is None or not id.isascii() or not id.isdecimal() or len(id) > 18 or str(int(id)) != id:
        raise NotFound
    return place, int(id)


def known(channel: str) -> tuple[Place, int]:
    """As `split`, where there is such a thing. Raises NotFound."""
    place, id = split(channel)
    if not place.titles([id]):
        raise NotFound
    return place, id


def titles_of(scopes: Iterable[str]) -> dict[str, str]:
    """What channels are called; the site has no name. As many queries as there are kinds."""
    wanted: dict[str, set[int]] = {}
    for scope in set(scopes) - {SITE}:
        kind, _, id = scope.partition(":")
        if kind in _places:
            wanted.setdefault(kind, set()).add(int(id))
    return {f"{kind}:{id}": title for kind, ids in wanted.items() for id, title in _places[kind].titles(ids).items()}


def named(text: str, most: int) -> dict[str, str]:
    """The titles of channels that have this in them, or this as their number; `most` of each kind."""
    found: dict[str, str] = {}
    for kind, place in _places.items():
        titles = dict(place.named(text, most))
        if place.watched and text.isascii() and text.isdecimal() and len(text) <= 18:
            titles |= place.titles([int(text)])
        found |= {f"{kind}:{id}": title for id, title in titles.items()}
    return found


def is_watched(channel: str) -> bool:
    place = _places.get(channel.partition(":")[0])
    return place is not None and place.watched


def said_since(scope: str, since: datetime, most: int) -> Iterable[Said]:
    """What was said in a scope, newest first within each kind of channel. Raises NotFound."""
    if scope != SITE:
        place, id = split(scope)
        yield from place.said_since(id, since, most)
        return
    for place in _places.values():
        if place.watched:
            yield from place.said_since(None, since, most)
