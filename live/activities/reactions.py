"""What happens to drops and sales when something happens where they were launched, or to who is there."""

from __future__ import annotations

from chat.conversations.events import ConversationRemoved, GroupChanged
from chat.conversations.selectors import group_channel
from commerce.flash_sales.selectors import moving_sales_in
from commerce.flash_sales.services import stop_sales_in
from commerce.promotions.selectors import drops_in
from commerce.promotions.services import stop_drops_in
from community.moderation.events import SanctionAdded
from community.moderation.selectors.standing import KEEP_OUT
from live.shows.events import ShowEnded
from live.shows.selectors import channel_of
from project.realtime import control


def close_doors(removed: ConversationRemoved) -> None:
    """Who is in a group no more leaves what was launched there, too; what that person won stays. Raises RedisError."""
    _put_out(removed.channel, removed.user_to)


def keep_out(added: SanctionAdded) -> None:
    """So does who was banned from it. Raises RedisError."""
    if added.sanction["kind"] in KEEP_OUT and added.sanction["scope"].startswith("group:"):
        _put_out(added.sanction["scope"], added.user_to)


def stop_with_group(changed: GroupChanged) -> None:
    """The end of a group is the end of its drops and sales: what nobody has or holds goes back."""
    if changed.group["closed_at"] is not None:
        _stop(group_channel(changed.group["id"]))


def stop_with_show(ended: ShowEnded) -> None:
    _stop(channel_of(ended.show_id))


def _stop(channel: str) -> None:
    stop_drops_in(channel=channel)
    stop_sales_in(channel=channel)


def _put_out(channel: str, user_id: int) -> None:
    names = [f"drop:{drop['id']}" for drop in drops_in(channel)]
    names += [f"sale:{sale_id}" for sale_id in moving_sales_in(channel)]
    for name in names:
        control.push_out(user_id=user_id, channel=name)
