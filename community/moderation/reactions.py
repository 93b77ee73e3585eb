"""What follows from a sanction: open sockets close, and the person finds it in the inbox."""

from community.moderation.events import SanctionAdded
from community.moderation.models.sanctions import SITE
from community.notices.content import Content
from community.notices.services import notify
from project.kernel.clock import now_ms
from project.realtime import control
from project.realtime.codes import BANNED


def close_doors(added: SanctionAdded) -> None:
    """A ban from the site ends all connections, one from a channel, or a kick, the subscriptions there.

    Raises RedisError.
    """
    sanction = added.sanction
    over = sanction["expires_at"] is not None and sanction["expires_at"] <= now_ms()
    if sanction["kind"] not in ("ban", "kick") or over:
        return
    if sanction["scope"] != SITE:
        control.push_out(user_id=added.user_to, channel=sanction["scope"])
    elif sanction["kind"] == "ban":
        control.end_connections(user_id=added.user_to, code=BANNED)


def tell_person(added: SanctionAdded) -> None:
    sanction = added.sanction
    if sanction["kind"] == "shadow_mute":
        return
    place = sanction["place"]
    notify(
        user_ids=[added.user_to],
        kind="sanction",
        key=f"sanction:{sanction['id']}",
        content=Content(
            people=[],
            about=f"sanction:{sanction['id']}",
            title={"zh": place, "en": place} if place else None,
            text=sanction["rule"],
            word=sanction["kind"],
            until=sanction["expires_at"],
        ),
    )
