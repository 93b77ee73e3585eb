from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chat.messages import rooms
from chat.messages.pace import Pace
from live.shows import likes
from live.shows.cards import Nothing
from live.shows.selectors import channel_of
from project.kernel.errors import TooFast
from project.realtime.topics import Caller, Methods, Params, method

TAPS_PER_SEC = 20


class TapParams(Params):
    show: Annotated[int, Meta(ge=1)]
    # Taps that the client gathered.
    count: Annotated[int, Meta(ge=1, le=50)]


class LikeMethods(Methods):
    def __init__(self) -> None:
        self._pace = Pace(burst=TAPS_PER_SEC, secs=1)

    @method("like.tap")
    async def tap(self, *, caller: Caller, params: TapParams) -> Nothing:
        """Guests too. Raises NotFound, TooFast, ShowIsOver."""
        room = await rooms.room_of(channel_of(params.show))
        if room.refusal:
            raise room.refusal
        if not self._pace.allows(caller.person):
            raise TooFast
        likes.add(params.show, params.count)
        return {}
