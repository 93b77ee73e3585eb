from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from live.activities.coupon_drop import groups, services
from live.activities.coupon_drop.cards import DropReply
from project.kernel.database import database
from project.kernel.errors import Invalid
from project.realtime.topics import Caller, Methods, Params, logged_in, method

MOST_AMOUNT = 10**12
IN_A_SHOW, IN_A_GROUP = ("直播间优惠券", "Show coupon"), ("群友专享券", "Coupon for members")


class DropTerms(Params):
    """A new coupon: `off`, or `percent_off` (15: 15 % less) up to `most_off`, from `minimum` on; in minor units."""

    name: Annotated[str, Meta(max_length=60)] = ""
    off: Annotated[int, Meta(ge=0, le=MOST_AMOUNT)] = 0
    percent_off: Annotated[int, Meta(ge=0, le=99)] = 0
    most_off: Annotated[int, Meta(ge=1, le=MOST_AMOUNT)] | None = None
    minimum: Annotated[int, Meta(ge=0, le=MOST_AMOUNT)] = 0
    valid_days: Annotated[int, Meta(ge=1, le=365)] = 7

    def fields(self, unnamed: tuple[str, str]) -> dict[str, Any]:
        """Of the coupon's model. The host speaks one language: a name that was given is the same in both."""
        name = self.name.strip()
        name_zh, name_en = (name, name) if name else unnamed
        return {
            "name_zh": name_zh,
            "name_en": name_en,
            "off": self.off,
            "percent_off": self.percent_off,
            "most_off": self.most_off,
            "minimum": self.minimum,
            "valid_days": self.valid_days,
        }


class LaunchDropParams(Params):
    """A `coupon` that is there, by its id, or the `terms` of a new one. Times in seconds.

    Who claims must have watched so long, follow the host (`follow`), and be in the `group`, one of those that
    `/api/shows/<id>/drop-groups/` names.
    """

    show: Annotated[int, Meta(ge=1)]
    quantity: Annotated[int, Meta(ge=1, le=100_000)]
    countdown: Annotated[int, Meta(ge=0, le=300)]
    duration: Annotated[int, Meta(ge=10, le=3600)]
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]
    coupon: Annotated[int, Meta(ge=1)] | None = None
    terms: DropTerms | None = None
    watch_minutes: Annotated[int, Meta(ge=0, le=600)] = 0
    follow: bool = False
    group: Annotated[int, Meta(ge=1)] | None = None


class OfferDropParams(Params):
    """For the members of a `group`: a `coupon` by its id, or the `terms` of a new one. Times in seconds."""

    group: Annotated[int, Meta(ge=1)]
    quantity: Annotated[int, Meta(ge=1, le=100_000)]
    countdown: Annotated[int, Meta(ge=0, le=300)]
    duration: Annotated[int, Meta(ge=10, le=3600)]
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]
    coupon: Annotated[int, Meta(ge=1)] | None = None
    terms: DropTerms | None = None


class StopDropParams(Params):
    drop: Annotated[int, Meta(ge=1)]


def _coupon_of(params: LaunchDropParams | OfferDropParams) -> int | dict[str, Any]:
    """Raises Invalid."""
    unnamed = IN_A_GROUP if isinstance(params, OfferDropParams) else IN_A_SHOW
    coupon = params.terms.fields(unnamed) if params.terms is not None else params.coupon
    if coupon is None or None not in (params.coupon, params.terms):
        raise Invalid(fields={"coupon": ["invalid" if coupon else "required"]})
    return coupon


class DropMethods(Methods):
    """The host drops coupons in the room, whoever runs a group in the group; and may stop it."""

    @method("drop.launch", requires=logged_in)
    async def launch(self, *, caller: Caller, params: LaunchDropParams) -> DropReply:
        drop = await database(
            services.launch_drop,
            launched_by=caller.id,
            show_id=params.show,
            coupon=_coupon_of(params),
            quantity=params.quantity,
            countdown_secs=params.countdown,
            duration_secs=params.duration,
            watch_minutes=params.watch_minutes,
            must_follow=params.follow,
            group_id=params.group,
            key=params.key,
        )
        return {"drop": drop}

    @method("drop.offer", requires=logged_in)
    async def offer(self, *, caller: Caller, params: OfferDropParams) -> DropReply:
        drop = await database(
            groups.offer_drop,
            launched_by=caller.id,
            group_id=params.group,
            coupon=_coupon_of(params),
            quantity=params.quantity,
            countdown_secs=params.countdown,
            duration_secs=params.duration,
            key=params.key,
        )
        return {"drop": drop}

    @method("drop.stop", requires=logged_in)
    async def stop(self, *, caller: Caller, params: StopDropParams) -> DropReply:
        return {"drop": await database(services.stop_drop, stopped_by=caller.id, drop_id=params.drop)}
