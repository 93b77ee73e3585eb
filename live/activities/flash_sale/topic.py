from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from live.activities.flash_sale import groups, services
from live.activities.flash_sale.cards import SaleReply
from project.kernel.database import database
from project.realtime.topics import Caller, Methods, Params, logged_in, method


class SaleTerms(Params):
    """`price` in minor units; times in seconds."""

    sku: Annotated[int, Meta(ge=1)]
    price: Annotated[int, Meta(ge=1, le=10**12)]
    total: Annotated[int, Meta(ge=1, le=1_000_000)]
    limit: Annotated[int, Meta(ge=1, le=1_000_000)]
    countdown: Annotated[int, Meta(ge=0, le=300)]
    duration: Annotated[int, Meta(ge=60, le=1200)]
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]

    def fields(self) -> dict[str, Any]:
        """As the services take them."""
        return {
            "sku_id": self.sku,
            "price": self.price,
            "total": self.total,
            "limit": self.limit,
            "countdown_secs": self.countdown,
            "duration_secs": self.duration,
            "key": self.key,
        }


class LaunchParams(SaleTerms):
    """In a `show`: of what is on its shelf."""

    show: Annotated[int, Meta(ge=1)]


class OfferParams(SaleTerms):
    """For the members of a `group`: of what `/api/groups/<id>/sellable-products/` names."""

    group: Annotated[int, Meta(ge=1)]


class StopParams(Params):
    sale: Annotated[int, Meta(ge=1)]


class SaleMethods(Methods):
    """The host launches a flash sale in the room, whoever runs a group in the group; and may stop it."""

    @method("sale.launch", requires=logged_in)
    async def launch(self, *, caller: Caller, params: LaunchParams) -> SaleReply:
        sale = await database(services.launch_sale, launched_by=caller.id, show_id=params.show, **params.fields())
        return {"sale": sale}

    @method("sale.offer", requires=logged_in)
    async def offer(self, *, caller: Caller, params: OfferParams) -> SaleReply:
        sale = await database(groups.offer_sale, launched_by=caller.id, group_id=params.group, **params.fields())
        return {"sale": sale}

    @method("sale.stop", requires=logged_in)
    async def stop(self, *, caller: Caller, params: StopParams) -> SaleReply:
        return {"sale": await database(services.stop_sale, stopped_by=caller.id, sale_id=params.sale)}
