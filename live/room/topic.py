from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from chat.messages.pace import Pace
from community.moderation.selectors.standing import check_entry
from live.room import selectors
from live.room.audience import Audience, viewers_now
from live.room.cards import PersonalSnapshot, RoomSnapshot, StudioSnapshot
from live.room.figures import Figures
from live.room.personal import personal_snapshots
from live.room.watching import Watching
from live.shows.cards import Nothing
from live.shows.selectors import channel_of
from project.kernel.database import database
from project.kernel.errors import Forbidden, NotFound, TooFast
from project.kernel.gather import Gather
from project.realtime import presence
from project.realtime.topics import Caller, Methods, Params, Topic, logged_in, method

# Somebody who turns to another tab and back again.
SCREENS, SCREENS_SECS = 10, 30.0


class ShowTopic(Topic, kind="show"):
    """A show as its viewers see it, open to everyone: video, what is explained, sales, chat, how many are here."""

    presence = True

    def __init__(self) -> None:
        self._snapshots = Gather(_read_rooms)
        self._audience = Audience()
        self._watching = Watching()

    async def join(self, *, caller: Caller, id: int) -> RoomSnapshot:
        await check_entry(caller.user_id, f"show:{id}")
        snapshot = await self._snapshots.get(id)
        if snapshot is None:
            raise NotFound
        if caller.user_id is not None and selectors.has_hidden_of(caller.user_id, snapshot):
            return await database(selectors.room_seen_by, caller.user_id, snapshot)
        return snapshot

    async def entered(self, *, id: int) -> None:
        self._audience.start(id)
        self._watching.start(id)

    async def left(self, *, id: int) -> None:
        self._audience.stop(id)
        self._watching.stop(id)


async def _read_rooms(show_ids: Sequence[int]) -> dict[int, RoomSnapshot]:
    viewers = {show_id: await viewers_now(show_id) for show_id in show_ids}
    return await database(selectors.room_snapshots, viewers)


class StudioTopic(Topic, kind="studio"):
    """The figures of a show, for its host, moderators and staff."""

    def __init__(self) -> None:
        self._figures = Figures()

    async def join(self, *, caller: Caller, id: int) -> StudioSnapshot:
        await database(selectors.studio_of, user_id=caller.id, show_id=id)
        return await database(selectors.studio_snapshot, id, viewers=await viewers_now(id))

    async def entered(self, *, id: int) -> None:
        self._figures.start(id)

    async def left(self, *, id: int) -> None:
        self._figures.stop(id)


class UserTopic(Topic, kind="user"):
    """What concerns one person alone: claims, orders, people; on every device of that person, and nobody else's."""

    personal = True

    def __init__(self) -> None:
        self._snapshots = Gather(_read_personal)

    async def join(self, *, caller: Caller, id: int) -> PersonalSnapshot:
        if caller.id != id:
            raise Forbidden
        snapshot = await self._snapshots.get(id)
        assert snapshot is not None
        return snapshot


async def _read_personal(user_ids: Sequence[int]) -> dict[int, PersonalSnapshot]:
    return await database(personal_snapshots, user_ids)


class ScreenParams(Params):
    show: Annotated[int, Meta(ge=1)]
    visible: bool


class WatchMethods(Methods):
    """Whether a viewer has the room on screen: a tab in the background is not watched."""

    def __init__(self) -> None:
        self._pace = Pace(burst=SCREENS, secs=SCREENS_SECS)

    @method("watch.note", requires=logged_in)
    async def note(self, *, caller: Caller, params: ScreenParams) -> Nothing:
        """Of this connection, as long as it is in the room; until it says so, it is. Raises TooFast."""
        if not self._pace.allows(caller.person):
            raise TooFast
        presence.current().set_away(
            channel_of(params.show), caller.person, client=caller.client, away=not params.visible
        )
        return {}
