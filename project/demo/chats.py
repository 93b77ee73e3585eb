"""Groups and a direct chat in which something was said, as `data/chats.toml` has it."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Any

from django.db import transaction

from chat.conversations.models import Member
from chat.conversations.selectors import direct_between
from chat.conversations.services import announce, appoint, create_group, join_group, open_direct
from chat.messages import changes, rooms
from chat.messages.models import Message
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from community.social import services as social
from project.demo.goods import DATA
from project.kernel.clock import now

MINUTES_BETWEEN = 11


def open_chats(*, people: dict[str, User]) -> int:
    """Make those that are missing; what is there is left as it is. `people`: the demo's accounts by e-mail."""
    with (DATA / "chats.toml").open("rb") as file:
        plan = tomllib.load(file)
    with transaction.atomic():
        groups = [_open_group(one, people) for one in plan["groups"]]
        chats = [_open_direct(one, people) for one in plan["chats"]]
    return sum(groups) + sum(chats)


def _open_group(plan: dict[str, Any], people: dict[str, User]) -> bool:
    owner = people[plan["owner"]]
    own = Member.objects.filter(user=owner, role=Member.Role.OWNER)
    if own.filter(conversation__group__title=plan["title"]).exists():
        return False
    group = create_group(founder_id=owner.pk, title=plan["title"])
    for email in plan["members"]:
        join_group(user_id=people[email].pk, group_id=group.pk)
    for email in plan["managers"]:
        appoint(appointed_by=owner.pk, group_id=group.pk, user_id=people[email].pk, manager=True)
    if plan["announcement"]:
        announce(announced_by=owner.pk, group_id=group.pk, text=plan["announcement"])
    channel = f"group:{group.pk}"
    replies = {int(number): to for number, to in plan["replies"].items()}
    before = _say(channel, plan["said"], people, replies)
    for number in plan["pinned"]:
        changes.pin_message(channel=channel, user_id=owner.pk, seq=before + number, pinned=True)
    for number, emoji, email in plan["reactions"]:
        changes.react(channel=channel, user_id=people[email].pk, seq=before + number, emoji=emoji, added=True)
    return True


def _open_direct(plan: dict[str, Any], people: dict[str, User]) -> bool:
    one, other = (people[email] for email in plan["between"])
    if direct_between(one.pk, other.pk):
        return False
    social.ask(user_id=one.pk, other_id=other.pk)
    social.accept(user_id=other.pk, other_id=one.pk)
    direct = open_direct(opened_by=one.pk, user_id=other.pk)
    _say(f"dm:{direct.pk}", plan["said"], people, {})
    return True


def _say(channel: str, said: list[list[str]], people: dict[str, User], replies: dict[int, int]) -> int:
    """Message by message, as if over the last hours; answers how many lines the group has said by itself before."""
    room = rooms.load_room(channel)
    there = Message.objects.filter(conversation_id=room.conversation_id)
    before = there.count()
    there.update(sent_at=now() - timedelta(minutes=MINUTES_BETWEEN * (len(said) + 1)))
    for number, (email, text) in enumerate(said, 1):
        draft = Draft(
            channel=channel,
            conversation_id=room.conversation_id,
            author_id=people[email].pk,
            role=None,
            text=room.cleaned(text)[0],
            key=f"demo-{number}",
            keeper=room.keeper,
            reply_to=before + replies[number] if number in replies else None,
        )
        commit_messages([draft])
        ago = timedelta(minutes=MINUTES_BETWEEN * (len(said) - number) + 5)
        there.filter(seq=before + number).update(sent_at=now() - ago)
    return before
