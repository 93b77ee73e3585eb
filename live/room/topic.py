from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from live.room import selectors, services
from live.room.audience import Audience, viewers_now
from live.room.cards import PersonalSnapshot, RoomSnapshot, SaleReply, StudioSnapshot
from live.room.figures import Figures
from live.room.shared import SharedReads
from project.kernel.database import database
from project.kernel.errors import Forbidden
from project.realtime.topics import Caller, Methods, Params, Topic, logged_in, method


class ShowTopic(Topic, kind="show"):
    """A show as its viewers see it, open to everyone: video, what is explained, sales, chat, how many are here."""

    presence = True

    def __init__(self) -> None:
        self._snapshots = SharedReads(_read_room)
        self._audience = Audience()

    async def join(self, *, caller: Caller, id: int) -> RoomSnapshot:
        return await self._snapshots.get(id)

    async def entered(self, *, id: int) -> None:
        self._audience.start(id)

    async def left(self, *, id: int) -> None:
        self._audience.stop(id)


async def _read_room(show_id: int) -> RoomSnapshot:
    return await database(selectors.room_snapshot, show_id, viewers=await viewers_now(show_id))


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
    """What concerns one person alone: claims, orders; on every device of that person, and nobody else's."""

    personal = True

    async def join(self, *, caller: Caller, id: int) -> PersonalSnapshot:
        if caller.id != id:
            raise Forbidden
        return await database(selectors.personal_snapshot, id)


class LaunchParams(Params):
    """`price` in minor units; times in seconds."""

    show: Annotated[int, Meta(ge=1)]
    sku: Annotated[int, Meta(ge=1)]
    price: Annotated[int, Meta(ge=1, le=10**12)]
    total: Annotated[int, Meta(ge=1, le=1_000_000)]
    limit: Annotated[int, Meta(ge=1, le=1_000_000)]
    countdown: Annotated[int, Meta(ge=0, le=300)]
    duration: Annotated[int, Meta(ge=60, le=1200)]
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]


class StopParams(Params):
    sale: Annotated[int, Meta(ge=1)]


class SaleMethods(Methods):
    """The host launches a flash sale in the room, and may stop it."""

    @method("sale.launch", requires=logged_in)
    async def launch(self, *, caller: Caller, params: LaunchParams) -> SaleReply:
        sale = await database(
            services.launch_sale,
            launched_by=caller.id,
            show_id=params.show,
            sku_id=params.sku,
            price=params.price,
            total=params.total,
            limit=params.limit,
            countdown_secs=params.countdown,
            duration_secs=params.duration,
            key=params.key,
        )
        return {"sale": sale}

    @method("sale.stop", requires=logged_in)
    async def stop(self, *, caller: Caller, params: StopParams) -> SaleReply:
        return {"sale": await database(services.stop_sale, stopped_by=caller.id, sale_id=params.sale)}
