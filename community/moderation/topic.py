from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from community.accounts.selectors import active_cards
from community.moderation.cards import DeskSnapshot, Reason, RoomReply, SanctionKind, SanctionReply
from community.moderation.events import CaseLooked
from community.moderation.models import Sanction
from community.moderation.selectors import rights
from community.moderation.selectors.cases import desk_snapshot
from community.moderation.selectors.rooms import rules_card
from community.moderation.selectors.sanctions import record_of, with_people
from community.moderation.services.hiding import set_hidden
from community.moderation.services.rooms import set_room
from community.moderation.services.sanctions import add_sanction, lift_sanction
from project.kernel.database import database
from project.kernel.errors import NotFound
from project.realtime.outbox import publish_on_commit
from project.realtime.topics import Caller, Methods, Params, Topic, logged_in, method

Channel = Annotated[str, Meta(max_length=64)]
Id = Annotated[int, Meta(ge=1, le=2**53)]
Secs = Annotated[int, Meta(ge=0, le=400_000_000)]


class LookParams(Params):
    """`case` 0: at none any more."""

    case: Annotated[int, Meta(ge=0, le=2**53)]


class DeskTopic(Topic, kind="desk"):
    """`desk:0`, for moderators: what waits, what becomes of it, and who looks at what."""

    async def join(self, *, caller: Caller, id: int) -> DeskSnapshot:
        return await database(_desk, caller.id, id)

    @method("desk.look", requires=logged_in)
    async def look(self, *, caller: Caller, params: LookParams) -> None:
        """Say which case one has before oneself; to be said again every ten seconds."""
        await database(_look, caller.id, params.case)


class SetParams(Params):
    """What is left out stays. `raid_secs` 0 ends the raid mode."""

    channel: Channel
    slow_mode_secs: Secs | None = None
    followers_only: bool | None = None
    min_account_age_secs: Secs | None = None
    links: bool | None = None
    chat: bool | None = None
    held: bool | None = None
    raid_secs: Secs | None = None


class HideParams(Params):
    """The id of a message, not its number."""

    message: Id


class SanctionParams(Params):
    """`secs` left out: until it is lifted; a warning and a kick have their own length. `hide`: what that person has
    said there in the last day goes out of sight with it. `key`: the same again gives the same sanction.
    """

    channel: Channel
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]
    user: Id
    kind: SanctionKind
    reason: Reason = "other"
    secs: Secs | None = None
    rule: Annotated[str, Meta(max_length=200)] = ""
    note: Annotated[str, Meta(max_length=500)] = ""
    hide: bool = False


class LiftParams(Params):
    sanction: Id
    why: Annotated[str, Meta(max_length=500)] = ""


class ModerationMethods(Methods):
    """What hosts, managers of groups and moderators do in a room while it runs."""

    @method("room.set", requires=logged_in)
    async def set(self, *, caller: Caller, params: SetParams) -> RoomReply:
        setting = await database(
            set_room,
            by=caller.id,
            channel=params.channel,
            slow_mode_secs=params.slow_mode_secs,
            followers_only=params.followers_only,
            min_account_age_secs=params.min_account_age_secs,
            links=params.links,
            chat=params.chat,
            held=params.held,
            raid_secs=params.raid_secs,
        )
        return {"rules": rules_card(setting)}

    @method("mod.hide", requires=logged_in)
    async def hide(self, *, caller: Caller, params: HideParams) -> None:
        await database(set_hidden, by=caller.id, target=f"message:{params.message}", hidden=True)

    @method("mod.restore", requires=logged_in)
    async def restore(self, *, caller: Caller, params: HideParams) -> None:
        await database(set_hidden, by=caller.id, target=f"message:{params.message}", hidden=False)

    @method("mod.sanction", requires=logged_in)
    async def sanction(self, *, caller: Caller, params: SanctionParams) -> SanctionReply:
        return await database(_sanction, caller.id, params)

    @method("mod.lift", requires=logged_in)
    async def lift(self, *, caller: Caller, params: LiftParams) -> SanctionReply:
        return await database(_lift, caller.id, params)


def _desk(user_id: int, id: int) -> DeskSnapshot:
    if id != 0:
        raise NotFound
    rights.moderator(user_id)
    return desk_snapshot()


def _look(user_id: int, case_id: int) -> None:
    rights.moderator(user_id)
    moderator = active_cards([user_id])[user_id]
    publish_on_commit(CaseLooked(look={"case": case_id, "moderator": moderator}))


def _sanction(user_id: int, params: SanctionParams) -> SanctionReply:
    sanction = add_sanction(
        by=user_id,
        user_id=params.user,
        scope=params.channel,
        kind=params.kind,
        reason=params.reason,
        rule=params.rule,
        note=params.note,
        secs=params.secs,
        hides_earlier=params.hide,
        key=params.key,
    )
    return {"sanction": record_of(with_people(Sanction.objects.all()).get(pk=sanction.pk))}


def _lift(user_id: int, params: LiftParams) -> SanctionReply:
    return {"sanction": record_of(lift_sanction(by=user_id, sanction_id=params.sanction, why=params.why))}
