from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from live.shelf import services
from live.shelf.cards import PinReply
from live.shows.selectors import show_run_by_id
from project.kernel.database import database
from project.realtime.topics import Caller, Methods, Params, logged_in, method


class PinParams(Params):
    show: Annotated[int, Meta(ge=1)]
    item: Annotated[int, Meta(ge=1)]


class ShelfMethods(Methods):
    """The host says what is explained now."""

    @method("item.pin", requires=logged_in)
    async def pin(self, *, caller: Caller, params: PinParams) -> PinReply:
        return {"pinned": await database(_pin, user_id=caller.id, params=params)}

    @method("item.unpin", requires=logged_in)
    async def unpin(self, *, caller: Caller, params: PinParams) -> PinReply:
        return {"pinned": await database(_unpin, user_id=caller.id, params=params)}


def _pin(*, user_id: int, params: PinParams) -> list[int]:
    show = show_run_by_id(user_id, params.show)
    return services.pin(show_id=show.pk, item_id=params.item)


def _unpin(*, user_id: int, params: PinParams) -> list[int]:
    show = show_run_by_id(user_id, params.show)
    return services.unpin(show_id=show.pk, item_id=params.item)
