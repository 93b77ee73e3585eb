"""What those who run a room set for it, and the messages that wait for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from community.moderation import known, places, things
from community.moderation.errors import AlreadyDecided, TooLateToUndo
from community.moderation.events import HeldChanged, RoomChanged
from community.moderation.models import HeldMessage, RoomSetting
from community.moderation.models.rooms import SLOWEST_SECS
from community.moderation.selectors import rights
from community.moderation.selectors.rooms import rules_card
from community.moderation.services import audit
from community.notices.content import Content
from community.notices.services import notify, retract_each
from project.kernel.clock import database_now
from project.kernel.errors import Forbidden, Invalid, NotFound
from project.realtime.outbox import publish_on_commit

LONGEST_RAID_SECS = 24 * 3600
OLDEST_ACCOUNT_SECS = 365 * 86_400


@transaction.atomic
def set_room(
    *,
    by: int,
    channel: str,
    slow_mode_secs: int | None = None,
    followers_only: bool | None = None,
    min_account_age_secs: int | None = None,
    links: bool | None = None,
    chat: bool | None = None,
    held: bool | None = None,
    raid_secs: int | None = None,
) -> RoomSetting:
    """Change what is given; `raid_secs` 0 ends the raid mode. For moderators and whoever runs the place.

    Raises NotFound, Forbidden, Invalid; also for `followers_only` where nobody is followed, as in a group.
    """
    place, _ = places.known(channel)
    if not place.watched:
        raise Forbidden
    rights.moderator_in(by, channel)
    if followers_only and not place.followed:
        raise Invalid(fields={"followers_only": ["invalid_choice"]})
    _within("slow_mode_secs", slow_mode_secs, SLOWEST_SECS)
    _within("min_account_age_secs", min_account_age_secs, OLDEST_ACCOUNT_SECS)
    _within("raid_secs", raid_secs, LONGEST_RAID_SECS)
    given: dict[str, Any] = {
        "slow_mode_secs": slow_mode_secs,
        "followers_only": followers_only,
        "min_account_age_secs": min_account_age_secs,
        "links": links,
        "chat": chat,
        "held": held,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if raid_secs is not None:
        changes["raid_until"] = database_now() + timedelta(seconds=raid_secs) if raid_secs else None
    RoomSetting.objects.get_or_create(channel=channel)
    setting = RoomSetting.objects.select_for_update().get(channel=channel)
    before = {name: getattr(setting, name) for name in changes}
    if before == changes:
        return setting
    for name, value in changes.items():
        setattr(setting, name, value)
    setting.version += 1
    setting.save()
    known.changed("rooms")
    said = {name: value for name, value in given.items() if value is not None}
    audit.record(
        actor_id=by,
        action="room.set",
        target=channel,
        data=said if raid_secs is None else {**said, "raid_secs": raid_secs},
    )
    publish_on_commit(RoomChanged(rules=rules_card(setting), channel_to=channel))
    return setting


@transaction.atomic
def decide_held(*, by: int, held_id: int, approve: bool) -> HeldMessage:
    """Let a message that was held into its channel, or not; then its author finds that in the inbox. Raises NotFound,
    Forbidden, AlreadyDecided, and what the channel refuses with.
    """
    found = HeldMessage.objects.filter(pk=held_id).first()
    if found is None:
        raise NotFound
    rights.moderator_in(by, found.channel)
    if found.author_id == by and rights.rank_of(by, found.channel) < rights.MODERATOR:
        raise Forbidden
    message_id: int | None = None
    if found.state == HeldMessage.State.WAITING and approve:
        # First, since it locks the conversation; whoever was slower finds it decided, and takes this back.
        place, _ = places.split(found.channel)
        message_id = place.say(
            channel=found.channel,
            author_id=found.author_id,
            text=found.text,
            key=found.key,
            reply_to=found.reply_to,
            beside=places.Beside(
                tuple((user_id, start, length) for user_id, start, length in found.mentions), found.upload, found.about
            ),
        )
    found = HeldMessage.objects.select_for_update().select_related("author").get(pk=held_id)
    if found.state != HeldMessage.State.WAITING:
        raise AlreadyDecided(detail={"by": found.decided_by_id})
    found.state = HeldMessage.State.APPROVED if approve else HeldMessage.State.REFUSED
    found.decided_by_id, found.decided_at = by, database_now()
    if message_id is not None:
        if found.message is not None:
            # Approved before, and that taken back: it is there, and out of sight.
            things.split(f"message:{message_id}")[1].restore(message_id)
        found.message = message_id
    found.save(update_fields=["state", "decided_by", "decided_at", "message"])
    # The inbox before the log, as whoever takes it back locks them.
    if not approve and found.author_id != by:
        _tell_refused(found)
    audit.record(
        actor_id=by,
        action=f"held.{'approve' if approve else 'refuse'}",
        target=f"user:{found.author_id}",
        data={"held": held_id, "channel": found.channel},
    )
    publish_on_commit(HeldChanged())
    return found


@transaction.atomic
def undo_held(*, by: int, held_id: int) -> HeldMessage:
    """Take one's own decision back while it is fresh: the message waits again, out of sight where it was let in.

    Raises NotFound, Forbidden, TooLateToUndo.
    """
    found = HeldMessage.objects.filter(pk=held_id).first()
    if found is None:
        raise NotFound
    rights.moderator_in(by, found.channel)
    thing = things.split(f"message:{found.message}")[1] if found.message is not None else None
    if thing is not None and found.message is not None:
        thing.lock(found.message)
    found = HeldMessage.objects.select_for_update().select_related("author").get(pk=held_id)
    if (
        found.decided_at is None
        or found.decided_at + timedelta(seconds=settings.MODERATION_UNDO_SECS) <= database_now()
    ):
        raise TooLateToUndo
    if found.decided_by_id != by:
        raise Forbidden
    if found.state == HeldMessage.State.REFUSED:
        retract_each(user_ids=[found.author_id], key=f"held:{found.pk}")
    elif thing is not None and found.message is not None and not thing.hide(found.message, "moderator"):
        # Somebody else has put it away: to let it in again does not bring it back.
        found.message = None
    found.state, found.decided_by, found.decided_at = HeldMessage.State.WAITING, None, None
    found.save(update_fields=["state", "decided_by", "decided_at", "message"])
    audit.record(
        actor_id=by,
        action="held.undo",
        target=f"user:{found.author_id}",
        data={"held": held_id, "channel": found.channel},
    )
    publish_on_commit(HeldChanged())
    return found


def _tell_refused(held: HeldMessage) -> None:
    title = places.titles_of([held.channel]).get(held.channel)
    content = Content(
        people=[], about=held.channel, title={"zh": title, "en": title} if title else None, text=held.text
    )
    notify(user_ids=[held.author_id], kind="held", key=f"held:{held.pk}", content=content)


def _within(name: str, value: int | None, most: int) -> None:
    if value is not None and not 0 <= value <= most:
        raise Invalid(fields={name: ["out_of_range"]})
