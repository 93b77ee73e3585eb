"""The inbox that everyone writes to. Each change holds the locks of the inboxes, in ascending order; what is locked
beside them (standings, orders) is locked before.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from community.accounts.selectors import active_cards
from community.notices import audiences
from community.notices.cards import InboxCard, NoticeKind
from community.notices.content import Content
from community.notices.events import NoticeAdded, NoticeRead, NoticeRemoved
from community.notices.kinds import ALWAYS_ON, KINDS
from community.notices.models import Broadcast, Inbox, NewNotice, Notice, Silence
from community.notices.selectors import inbox_card, notice_card, silent_among
from project.kernel import rows
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, NotFound
from project.realtime.outbox import publish_on_commit

log = logging.getLogger(__name__)

# Those of a gathered notice who are named; the others are counted.
MOST_NAMED = 3
# A piece of a broadcast: one transaction, which holds as many locks.
PIECE = 500
READ_KEPT_FOR = timedelta(days=30)
UNREAD_KEPT_FOR = timedelta(days=90)
BROADCASTS_KEPT_FOR = timedelta(days=30)


def open_inboxes(user_ids: Collection[int]) -> dict[int, Inbox]:
    """The inboxes by user id, locked until the transaction ends; made where there is none."""
    return rows.locked(Inbox, user_ids)


class Telling(NamedTuple):
    """Each of these users is to be told this, once a `key`."""

    user_ids: Collection[int]
    key: str
    content: Content


def notify(*, user_ids: Collection[int], kind: NoticeKind, key: str, content: Content) -> list[int]:
    """Tell each of the users, once a `key`; returns the ids of those who were told now. A fixed number of queries.

    Who does not want this kind is left out. Raises IntegrityError for a user who does not exist.
    """
    return notify_each(kind=kind, tellings=[Telling(user_ids, key, content)])


@transaction.atomic
def notify_each(*, kind: NoticeKind, tellings: Sequence[Telling]) -> list[int]:
    """As `notify`, of several things, in their order; one fixed number of queries for all of them."""
    asked = {id for telling in tellings for id in telling.user_ids}
    wanted = asked - silent_among(asked, kind)
    if not wanted:
        return []
    inboxes = open_inboxes(wanted)
    keys = [telling.key for telling in tellings]
    told = set(Notice.objects.filter(user__in=wanted, key__in=keys).values_list("user_id", "key"))
    at = database_now()
    new: list[NewNotice] = []
    added: list[tuple[int, InboxCard]] = []
    for telling in tellings:
        data = telling.content.as_json()
        for id in sorted(wanted.intersection(telling.user_ids)):
            if (id, telling.key) not in told:
                told.add((id, telling.key))
                inbox = inboxes[id]
                inbox.version += 1
                inbox.unread += 1
                new.append(NewNotice(user_id=id, seq=inbox.version, kind=kind, key=telling.key, data=data, at=at))
                added.append((id, inbox_card(inbox)))
    if not new:
        return []
    rows.insert(Notice, new)
    _count(inboxes, [row.user_id for row in new])
    people = active_cards({id for telling in tellings for id in telling.content.people})
    publish_on_commit(
        *(
            NoticeAdded(user_to=id, notice=notice_card(_notice(row), people), inbox=card)
            for row, (id, card) in zip(new, added, strict=True)
        )
    )
    return [row.user_id for row in new]


def _count(inboxes: Mapping[int, Inbox], told: Sequence[int]) -> None:
    """Write down what was counted in the locked inboxes."""
    if len(set(told)) == len(told):
        Inbox.objects.filter(pk__in=told).update(version=F("version") + 1, unread=F("unread") + 1)
    else:
        Inbox.objects.bulk_update([inboxes[id] for id in sorted(set(told))], ["version", "unread"])


def _notice(row: NewNotice) -> Notice:
    return Notice(id=row.id, user_id=row.user_id, seq=row.seq, kind=row.kind, data=row.data, at=row.at)


@transaction.atomic
def gather(*, user_id: int, kind: NoticeKind, key: str, people: Sequence[int], count: int) -> None:
    """Tell of `count` more people who did the same; `people` are the last few of them, the last one first.

    They join the person's unread notice of this kind, which moves up; where all are read, a new one begins, with `key`.
    Not idempotent by itself: whoever calls it remembers, in the same transaction, of whom it has told.
    """
    if silent_among([user_id], kind):
        return
    [inbox] = open_inboxes([user_id]).values()
    notice = Notice.objects.filter(user=user_id, kind=kind, read_at=None).order_by("-seq").first()
    if notice is None:
        data = Content(people=list(people[:MOST_NAMED]), count=count).as_json()
        notice = Notice(user_id=user_id, kind=kind, key=key, data=data)
        inbox.unread += 1
    else:
        before = notice.data["people"]
        named = list(dict.fromkeys([*people, *before]))
        # Who did it again is still one person, as far as the notice can tell.
        again = len(set(people) & set(before))
        notice.data |= {"people": named[:MOST_NAMED], "count": notice.data["count"] + count - again}
    inbox.version += 1
    notice.seq, notice.at = inbox.version, database_now()
    notice.save()
    inbox.save(update_fields=["unread", "version"])
    card = notice_card(notice, active_cards(notice.data["people"]))
    publish_on_commit(NoticeAdded(user_to=user_id, notice=card, inbox=inbox_card(inbox)))


def retract(*, user_id: int, key: str) -> None:
    """Take back what is not so any more. Nothing happens where there is no such notice."""
    retract_each(user_ids=[user_id], key=key)


@transaction.atomic
def retract_each(*, user_ids: Collection[int], key: str) -> None:
    """As `retract`, from each of these inboxes. A fixed number of queries."""
    found = Notice.objects.filter(user__in=user_ids, key=key)
    holders = set(found.values_list("user_id", flat=True)) if user_ids else set()
    if not holders:
        return
    inboxes = open_inboxes(holders)
    gone = list(found.order_by("user"))
    Notice.objects.filter(pk__in=[notice.pk for notice in gone]).delete()
    events = []
    for notice in gone:
        inbox = inboxes[notice.user_id]
        inbox.version += 1
        inbox.unread -= notice.read_at is None
        events.append(NoticeRemoved(user_to=inbox.pk, notice=notice.pk, inbox=inbox_card(inbox)))
    Inbox.objects.bulk_update([inboxes[notice.user_id] for notice in gone], ["version", "unread"])
    if events:
        publish_on_commit(*events)


@transaction.atomic
def mark_read(*, user_id: int, notice_id: int) -> None:
    """A notice that is read stays so. Raises NotFound, also for somebody else's."""
    if not Notice.objects.filter(pk=notice_id, user=user_id).exists():
        raise NotFound
    [inbox] = open_inboxes([user_id]).values()
    notice = Notice.objects.filter(pk=notice_id, user=user_id).first()
    if notice is None:
        raise NotFound
    _read(inbox, through=notice.seq, notice=notice)


@transaction.atomic
def mark_all_read(*, user_id: int, through: int) -> None:
    """All notices whose `seq` is not above `through`: what came since, nobody has seen."""
    if not Notice.objects.filter(user=user_id, seq__lte=through, read_at=None).exists():
        return
    [inbox] = open_inboxes([user_id]).values()
    # Said of what is there: what comes later may get a number that the caller has named.
    _read(inbox, through=min(through, inbox.version))


def _read(inbox: Inbox, *, through: int, notice: Notice | None = None) -> None:
    unread = Notice.objects.filter(user=inbox.pk, seq__lte=through, read_at=None)
    if notice:
        unread = unread.filter(pk=notice.pk)
    read = unread.update(read_at=database_now())
    if not read:
        return
    inbox.unread -= read
    inbox.version += 1
    inbox.save(update_fields=["unread", "version"])
    publish_on_commit(
        NoticeRead(user_to=inbox.pk, notice=notice.pk if notice else None, through=through, inbox=inbox_card(inbox))
    )


def switch(*, user_id: int, kind: str, on: bool) -> None:
    """Whether the person wants notices of a kind from now on. Raises NotFound, Invalid where it cannot be off."""
    if kind not in KINDS:
        raise NotFound
    if on:
        Silence.objects.filter(user=user_id, kind=kind).delete()
    elif kind in ALWAYS_ON:
        raise Invalid(fields={"on": ["always_on"]})
    else:
        Silence.objects.get_or_create(user_id=user_id, kind=kind)


def broadcast(*, audience: str, kind: NoticeKind, key: str, content: Content) -> None:
    """Tell everyone of an audience (`followers:7`), however many, once a `key`. Beat sees to it, piece by piece."""
    Broadcast.objects.bulk_create(
        [Broadcast(key=key, audience=audience, kind=kind, data=content.as_json(), started_at=database_now())],
        ignore_conflicts=True,
    )


def deliver(*, most_pieces: int) -> int:
    """Tell the next pieces of what is under way; returns how many people were told now.

    Each piece commits together with the place where the next one begins. Safe to run in many processes at once.
    """
    told, failed = 0, set[int]()
    for _ in range(most_pieces):
        waiting = Broadcast.objects.filter(done_at=None).exclude(pk__in=failed).order_by("pk")
        # Looked at first without a transaction, which on SQLite would take the one write lock every second.
        if not waiting.exists():
            break
        with transaction.atomic():
            if connection.features.has_select_for_update_skip_locked:
                waiting = waiting.select_for_update(skip_locked=True)
            under_way = waiting.first()
            if under_way is None:
                break
            try:
                with transaction.atomic():
                    told += _deliver_piece(under_way)
            except Exception:
                # One that fails must not stop the others; it stays, is tried again, and is seen in the log.
                log.exception("%s failed", under_way)
                failed.add(under_way.pk)
    return told


def _deliver_piece(under_way: Broadcast) -> int:
    ids = audiences.members(under_way.audience, after=under_way.after, most=PIECE)
    kind: NoticeKind = under_way.kind  # type: ignore[assignment]
    told = notify(user_ids=ids, kind=kind, key=under_way.key, content=Content(**under_way.data)) if ids else []
    if ids:
        under_way.after = ids[-1]
    if len(ids) < PIECE:
        under_way.done_at = database_now()
    under_way.save(update_fields=["after", "done_at"])
    return len(told)


def forget_old(*, most: int = 5000) -> int:
    """Delete what was read long ago; what nobody reads counts as read after a while. Returns how many were deleted."""
    now = database_now()
    aged = Notice.objects.filter(read_at=None, at__lt=now - UNREAD_KEPT_FOR).order_by("at")
    seen = {user_id: seq for seq, user_id in sorted(aged.values_list("seq", "user_id")[:most])}
    for user_id, seq in seen.items():
        mark_all_read(user_id=user_id, through=seq)
    old = Notice.objects.filter(read_at__lt=now - READ_KEPT_FOR).order_by("read_at").values_list("pk", flat=True)
    deleted, _ = Notice.objects.filter(pk__in=list(old[:most])).delete()
    Broadcast.objects.filter(done_at__lt=now - BROADCASTS_KEPT_FOR).delete()
    return deleted
