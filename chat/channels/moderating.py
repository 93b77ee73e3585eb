"""Messages and groups as things that can be reported, groups and direct chats as places that can be moderated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from chat.conversations import selectors as conversations
from chat.conversations.models import Conversation, Group, JoinRequest, Member
from chat.messages import hiding, rooms
from chat.messages.attachments import Attaching
from chat.messages.cards import Mention
from chat.messages.models import Message
from chat.messages.selectors import BY_PEOPLE
from chat.messages.services import Draft
from community.accounts.selectors import card
from community.moderation.cards import ContextLine, Reason
from community.moderation.models import Case
from community.moderation.models.sanctions import SITE
from community.moderation.places import Beside, Place, Said
from community.moderation.services.reports import report
from community.moderation.things import Found, HiddenBy, Thing
from project.kernel.clock import now, to_ms
from project.kernel.errors import NotFound

# On each side of a message that was reported; of what two people say to each other, as little as can be.
AROUND = 8
AROUND_IN_DIRECT = 2

# From ids of conversations to channels, for those that chat does not know.
Channels = Callable[[Collection[int]], Mapping[int, str]]


class MessageThing(Thing):
    """`message:<id>`: whoever may read it may report it."""

    can_hide = True

    def __init__(self, *, room_channels: Channels) -> None:
        self._room_channels = room_channels

    def found(self, id: int, *, reader_id: int) -> Found:
        message = self._message(id)
        if message.recalled_at is not None or message.is_hidden_from(reader_id):
            raise NotFound
        kind = message.conversation.kind
        if kind != Conversation.Kind.SHOW:
            member = conversations.member_of(user_id=reader_id, conversation_id=message.conversation_id)
            if kind == Conversation.Kind.GROUP and message.seq <= _since(member):
                raise NotFound
        copy = {"text": message.text, "seq": message.seq, "at": to_ms(message.sent_at)}
        return Found(self._channel(message), message.author_id, copy)  # type: ignore[arg-type]

    def scope_of(self, id: int) -> str:
        return self._channel(self._message(id))

    def lock(self, id: int) -> None:
        hiding.lock_conversation_of(id)

    def hide(self, id: int, why: HiddenBy) -> bool:
        return hiding.hide_message(channel=self._channel(self._message(id)), message_id=id, why=Message.Hidden(why))

    def restore(self, id: int) -> bool:
        reasons = [Message.Hidden.REPORTS, Message.Hidden.MODERATOR, Message.Hidden.VERDICT]
        channel = self._channel(self._message(id))
        return bool(hiding.restore_messages(channel=channel, message_ids=[id], hidden_as=reasons))

    def context(self, id: int) -> list[ContextLine]:
        message = Message.objects.select_related("conversation").filter(pk=id).first()
        if message is None:
            return []
        around = AROUND_IN_DIRECT if message.conversation.kind == Conversation.Kind.DM else AROUND
        near = Message.objects.filter(
            conversation_id=message.conversation_id, seq__range=(message.seq - around, message.seq + around)
        )
        return [
            {
                "id": one.pk,
                "seq": one.seq,
                "author": card(one.author),
                "text": "" if one.recalled_at else one.text,
                "at": to_ms(one.sent_at),
                "hidden": one.hidden_at is not None or one.recalled_at is not None,
            }
            for one in near.select_related("author").order_by("seq")
        ]

    def _message(self, id: int) -> Message:
        message = Message.objects.select_related("conversation").filter(pk=id).first()
        if message is None:
            raise NotFound
        return message

    def _channel(self, message: Message) -> str:
        if message.conversation.kind == Conversation.Kind.SHOW:
            return self._room_channels([message.conversation_id])[message.conversation_id]
        return f"{message.conversation.kind}:{message.conversation_id}"


class GroupThing(Thing):
    """`group:<id>`: its members may report it, and whoever may look at it from outside. For those who moderate the
    site: whoever runs it would judge oneself.
    """

    def found(self, id: int, *, reader_id: int) -> Found:
        if conversations.is_member(user_id=reader_id, conversation_id=id):
            group = Group.objects.get(pk=id)
        else:
            group = conversations.group_from_outside(user_id=reader_id, group_id=id)
        return group_as_found(group)


def group_as_found(group: Group) -> Found:
    owner = Member.objects.filter(conversation_id=group.pk, role=Member.Role.OWNER).values_list("user_id", flat=True)
    return Found(SITE, owner.first(), {"title": group.title, "text": group.announcement})


def report_by_invite(*, reporter_id: int, code: str, reason: Reason, note: str = "") -> Case:
    """Report a group that one knows by its link alone. Raises as `open_invite` and `report` do."""
    group = conversations.open_invite(code, user_id=reporter_id, at=now()).group
    return report(
        reporter_id=reporter_id, target=f"group:{group.pk}", reason=reason, note=note, seen_as=group_as_found(group)
    )


def _since(member: Member) -> int:
    return 0 if member.conversation.group.history == Group.History.ALL else member.joined_seq


class ConversationPlace(Place):
    """A channel that has a conversation."""

    def hide_earlier(self, channel: str, author_id: int, since: datetime, *, in_shadow: bool) -> list[int]:
        why = Message.Hidden.VERDICT if in_shadow else Message.Hidden.SANCTION
        return hiding.hide_earlier(channel=channel, author_id=author_id, since=since, why=why)

    def hide_again(self, channel: str, message_ids: Collection[int]) -> list[int]:
        return hiding.hide_again(channel=channel, message_ids=message_ids)

    def restore(self, channel: str, message_ids: Collection[int]) -> None:
        hiding.restore_messages(
            channel=channel, message_ids=message_ids, hidden_as=[Message.Hidden.SANCTION, Message.Hidden.VERDICT]
        )

    def say(self, *, channel: str, author_id: int, text: str, key: str, reply_to: int | None, beside: Beside) -> int:
        mentions: list[Mention] = [
            {"user": user_id, "start": start, "length": length} for user_id, start, length in beside.mentions
        ]
        draft = Draft(
            channel,
            rooms.load_room(channel).conversation_id,
            author_id,
            None,
            text,
            key,
            reply_to=reply_to,
            approved=True,
            mentions=tuple(mentions),
            attaching=Attaching(author_id, beside.upload, beside.about) if beside.upload or beside.about else None,
        )
        return hiding.place_approved(draft)


class GroupPlace(ConversationPlace):
    has_members = True

    def titles(self, ids: Collection[int]) -> Mapping[int, str]:
        return dict(Group.objects.filter(pk__in=ids).values_list("pk", "title"))

    def named(self, text: str, most: int) -> Mapping[int, str]:
        found = Group.objects.filter(closed_at=None, title__icontains=text).order_by("title", "pk")
        return dict(found.values_list("pk", "title")[:most])

    def run_by(self, id: int) -> set[int]:
        staff = Member.objects.filter(conversations.WELCOME, conversation_id=id, role__lte=Member.Role.MANAGER)
        return set(staff.values_list("user_id", flat=True))

    def concerns(self, id: int, user_id: int) -> bool:
        """Whoever is in it, asks to be, or has said something there."""
        return (
            Member.objects.filter(conversation=id, user=user_id).exists()
            or JoinRequest.objects.filter(group=id, user=user_id).exists()
            or Message.objects.filter(conversation=id, author=user_id).exists()
        )

    def joined(self, id: int, user_ids: Collection[int]) -> Mapping[int, datetime]:
        return dict(Member.objects.filter(conversation=id, user__in=user_ids).values_list("user_id", "joined_at"))

    def said_since(self, id: int | None, since: datetime, most: int) -> Iterable[Said]:
        return said_in(Conversation.Kind.GROUP, id, since, most, lambda ids: {one: f"group:{one}" for one in ids})


class DirectPlace(ConversationPlace):
    """What two people say to each other is looked at when one of them reports it, and not otherwise."""

    watched = False

    def titles(self, ids: Collection[int]) -> Mapping[int, str]:
        found = Conversation.objects.filter(pk__in=ids, kind=Conversation.Kind.DM)
        return dict.fromkeys(found.values_list("pk", flat=True), "")

    def run_by(self, id: int) -> set[int]:
        return set()


def said_in(
    kind: Conversation.Kind, conversation_id: int | None, since: datetime, most: int, channels: Channels
) -> Iterable[Said]:
    """The last messages of a conversation, or of all of a kind, newest first."""
    said = Message.objects.filter(BY_PEOPLE, conversation__kind=kind, sent_at__gt=since).order_by("-pk")
    if conversation_id is not None:
        said = said.filter(conversation_id=conversation_id)
    rows = list(said.values_list("conversation_id", "author_id", "text", "sent_at")[:most])
    names = channels({conversation for conversation, *_ in rows})
    return [
        Said(names[conversation], author_id, text, at)
        for conversation, author_id, text, at in rows
        if conversation in names
    ]
