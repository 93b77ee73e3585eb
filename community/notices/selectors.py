from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, cast

from django.db.models import QuerySet

from community.accounts.models import User
from community.accounts.selectors import Card, active_cards
from community.notices.cards import InboxCard, NoticeCard, NoticeKind
from community.notices.kinds import ALWAYS_ON, FOR_STAFF, KINDS
from community.notices.models import Inbox, Notice, Silence
from project.kernel.clock import to_ms


def inbox_card(inbox: Inbox) -> InboxCard:
    return {"unread": inbox.unread, "version": inbox.version}


def never_used() -> InboxCard:
    return inbox_card(Inbox())


def inboxes(user_ids: Collection[int]) -> dict[int, InboxCard]:
    """By user id, for the snapshots of `user:<id>`; who never got a notice is left out. One query."""
    return {inbox.pk: inbox_card(inbox) for inbox in Inbox.objects.filter(pk__in=user_ids)}


def inbox_of(user_id: int) -> InboxCard:
    return inboxes([user_id]).get(user_id, never_used())


def notices_of(user_id: int) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user_id)


def notice_cards(notices: Sequence[Notice]) -> list[NoticeCard]:
    """One query for the people of all of them; a closed account is no longer among them."""
    people = active_cards({id for notice in notices for id in notice.data["people"]})
    return [notice_card(notice, people) for notice in notices]


def notice_card(notice: Notice, people: dict[int, Card]) -> NoticeCard:
    """`people`: cards of at least those whom the notice names, by user id."""
    return cast(
        NoticeCard,
        {
            "id": notice.pk,
            "seq": notice.seq,
            "kind": notice.kind,
            **notice.data,
            "people": [people[id] for id in notice.data["people"] if id in people],
            "at": to_ms(notice.at),
            "read": notice.read_at is not None,
        },
    )


def silent_among(user_ids: Collection[int], kind: NoticeKind) -> set[int]:
    """Those who do not want this kind. One query, none for what nobody can switch off."""
    if kind in ALWAYS_ON:
        return set()
    return set(Silence.objects.filter(user__in=user_ids, kind=kind).values_list("user_id", flat=True))


class Switch(NamedTuple):
    kind: NoticeKind
    on: bool
    may_be_off: bool


def switches_of(user_id: int) -> list[Switch]:
    """Every kind that the person may be told, in the order of the table."""
    silent = set(Silence.objects.filter(user=user_id).values_list("kind", flat=True))
    is_staff = User.objects.filter(pk=user_id, is_staff=True).exists()
    kinds = (kind for kind in KINDS if is_staff or kind not in FOR_STAFF)
    return [Switch(kind, kind not in silent, kind not in ALWAYS_ON) for kind in kinds]
