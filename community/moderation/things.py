"""What can be reported. Those who own it stand above, and register here (`project/wiring.py`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal, NamedTuple

from community.accounts.models import User
from community.moderation.cards import ContextLine, CopyCard
from community.moderation.models.sanctions import SITE
from project.kernel.errors import NotFound

# By a verdict, out of the sight of all but its author.
HiddenBy = Literal["reports", "moderator", "verdict"]


class Found(NamedTuple):
    """A thing as somebody sees it who reports it: where it belongs, who answers for it, and a copy to keep."""

    scope: str
    subject_id: int | None
    copy: CopyCard


class Thing(ABC):
    """A kind of thing. Whoever does something about one holds its lock first, and the case's after that."""

    can_hide = False

    @abstractmethod
    def found(self, id: int, *, reader_id: int) -> Found:
        """Raises NotFound for what the reader does not get to see."""

    def scope_of(self, id: int) -> str:
        """Where it belongs, whoever sees it. Raises NotFound."""
        return SITE

    def lock(self, id: int) -> None:  # noqa: B027 (where nothing is done about it)
        """Until the transaction ends."""

    def hide(self, id: int, why: HiddenBy) -> bool:
        """Put it out of sight; false where it is already, or gone."""
        return False

    def restore(self, id: int) -> bool:
        """Bring it back; false where it is in sight, or gone."""
        return False

    def context(self, id: int) -> list[ContextLine]:
        """What stands around it, and itself, in order."""
        return []


class Person(Thing):
    def found(self, id: int, *, reader_id: int) -> Found:
        user = User.objects.filter(pk=id, is_active=True).first()
        if user is None:
            raise NotFound
        return Found(SITE, user.pk, {"title": user.display_name, "text": user.bio})


_things: dict[str, Thing] = {}


def install(things: Mapping[str, Thing]) -> None:
    _things.clear()
    _things.update(things)


def split(target: str) -> tuple[str, Thing, int]:
    """The kind, its owner, and the id: of `message:7`. Raises NotFound."""
    kind, _, id = target.partition(":")
    thing = _things.get(kind)
    if thing is None or not id.isascii() or not id.isdecimal() or len(id) > 18 or str(int(id)) != id:
        raise NotFound
    return kind, thing, int(id)
