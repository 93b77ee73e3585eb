"""The outbox: between COMMIT and publish nothing is lost.

A transaction writes its events into a row of its own, encoded once, as clients get them; after COMMIT they are
published and the row is deleted, by a web process together with others. What a crash or a dead Redis left is published
by a sweeper, and the publish script ignores a batch that it has seen.
Effects (reactions that must happen) run before the row goes, so each runs at least once and must be idempotent.
Source: the transactional outbox of Richardson, "Microservices Patterns", 2018, chapter 3.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from redis.exceptions import ConnectionError as RedisIsAway
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisIsSlow

from project.kernel import events, rows
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.events import Event
from project.realtime import publisher
from project.realtime.models import OutboxBatch
from project.realtime.publisher import Push

log = logging.getLogger(__name__)

# A row this old was left behind: whoever wrote it would have published it long ago.
LEFT_BEHIND_AFTER = timedelta(seconds=2)
# Well before that, what is published is gone.
REMOVED_EVERY_SECS = 0.25
MOST_REMOVED = 5000
# A batch that fails is tried again after 1, 2, 4 … seconds, and is never given up.
LONGEST_PAUSE_SECS = 300

Effect = Callable[[Event], object]


@dataclass(frozen=True, slots=True)
class Reactor:
    react: Callable[..., Any]
    is_effect: bool


def display(react: Callable[..., Iterable[Event]]) -> Reactor:
    """A reactor that says what else is to be shown: it takes the event and gives events to push."""
    return Reactor(react, is_effect=False)


def effect(react: Callable[..., None]) -> Reactor:
    """A reactor that does something that must not be lost. It may run twice, and must then change nothing."""
    return Reactor(react, is_effect=True)


class Outgoing(msgspec.Struct, omit_defaults=True):
    """An event on its way: encoded for its channels; and as it was announced, where something reacts to it."""

    channels: list[str]
    line: msgspec.Raw
    durable: bool = True
    event: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Together:
    """What `one_batch` gathers: of the transaction, or the savepoint, in which it began."""

    savepoints: tuple[str, ...]
    batch: list[Outgoing]


_subscribers: dict[type[Event], list[Reactor]] = {}
# Ids of rows to be removed by `remove_together`; None where nobody does, and each goes by itself.
_published: deque[int] | None = None
_together: ContextVar[_Together | None] = ContextVar("together", default=None)


def install(subscribers: dict[type[Event], list[Reactor]]) -> None:
    """Take over the table of who reacts to what (`project/wiring.py`)."""
    _subscribers.clear()
    _subscribers.update(subscribers)


def publish_on_commit(*announced: Event) -> None:
    """Announce events of the transaction that is under way: they are published once it has committed.

    Without a transaction they are published at once. Durable events survive a crash between COMMIT and publish.
    """
    batch = [_outgoing(event) for event in announced]
    together = _together.get()
    # What a savepoint of its own may roll back goes by itself.
    if together and together.savepoints == _savepoints():
        together.batch.extend(batch)
    else:
        _write(batch)


@contextmanager
def one_batch() -> Iterator[None]:
    """What services announce inside becomes one batch at its end, instead of one each: one row to write and to delete,
    and one message to Redis. To be used inside the transaction that it belongs to.
    """
    together = _Together(_savepoints(), [])
    before = _together.set(together)
    try:
        yield
    finally:
        _together.reset(before)
    if together.batch:
        _write(together.batch)


def _savepoints() -> tuple[str, ...]:
    # None stands for a block without a savepoint.
    return tuple(id for id in connection.savepoint_ids if id is not None)


def _write(batch: Sequence[Outgoing]) -> None:
    needs_row = any(one.durable or one.event for one in batch)
    row = OutboxBatch(events=msgspec.json.encode(batch).decode()) if needs_row else None
    if row:
        rows.add(row)
    # robust: the commit has happened; a Redis that is away is the sweeper's business, not the caller's.
    transaction.on_commit(lambda: _publish(batch, row), robust=True)


def _outgoing(event: Event) -> Outgoing:
    kept = events.dump(event) if type(event) in _subscribers else None
    return Outgoing(event.channels(), msgspec.Raw(msgspec.json.encode(event.wire())), event.durable, kept)


def _publish(batch: Sequence[Outgoing], row: OutboxBatch | None) -> None:
    try:
        publish_now(batch, batch_id=row.batch_id if row else "")
        if row:
            _remove(row)
    except (RedisError, DatabaseError) as error:
        log.warning("%d events stay in the outbox: %r", len(batch), error)


def _remove(row: OutboxBatch) -> None:
    if _published is None:
        rows.remove(row)
    else:
        _published.append(row.pk)


async def remove_together() -> None:
    """Until it is cancelled, rows of what this process has published are removed together, a few times a second: a
    statement and a commit less for each request. Those that a process leaves when it is killed are swept, and then
    change nothing.
    """
    global _published
    _published = deque()
    try:
        while True:
            await asyncio.sleep(REMOVED_EVERY_SECS)
            await _remove_published(_published)
    finally:
        published, _published = _published, None
        await _remove_published(published)


async def _remove_published(published: deque[int]) -> None:
    while ids := [published.popleft() for _ in range(min(len(published), MOST_REMOVED))]:
        try:
            await database(lambda: OutboxBatch.objects.filter(pk__in=ids).delete())  # noqa: B023  (waited for)
        except DatabaseError as error:
            published.extend(ids)
            log.warning("%d rows of what was published stay in the outbox: %r", len(ids), error)
            return


def publish_now(batch: Sequence[Outgoing], *, batch_id: str = "") -> None:
    """Push events to their channels and run what reacts to them. Raises RedisError; `batch_id` makes it repeatable."""
    pushes: dict[str, Push] = {}

    def push(channels: Iterable[str], line: bytes, durable: bool) -> None:
        for channel in channels:
            to = pushes.setdefault(channel, Push(channel, [], []))
            (to.durable if durable else to.ephemeral).append(line)

    effects: list[tuple[Effect, Event]] = []
    for one in batch:
        push(one.channels, bytes(one.line), one.durable)
        if one.event is None:
            continue
        event = events.load(one.event)
        for reactor in _subscribers.get(type(event), ()):
            if reactor.is_effect:
                effects.append((reactor.react, event))
            else:
                for shown in reactor.react(event) or ():
                    push(shown.channels(), msgspec.json.encode(shown.wire()), shown.durable)
    publisher.publish(list(pushes.values()), batch_id=batch_id)
    for react, event in effects:
        react(event)


def sweep(*, most: int = 200) -> int:
    """Publish what was left behind, oldest first; returns how many batches. Safe to run in many processes at once."""
    published = 0
    # Looked at first without a transaction, which on SQLite would take the one write lock every second.
    if not _left_behind().exists():
        return published
    while published < most:
        with transaction.atomic():
            waiting = _left_behind()
            if connection.features.has_select_for_update_skip_locked:
                waiting = waiting.select_for_update(skip_locked=True)
            row = waiting.order_by("attempts", "pk").first()
            if row is None:
                return published
            try:
                # A savepoint: an effect that breaks its transaction must not break ours.
                with transaction.atomic():
                    publish_now(msgspec.json.decode(row.events, type=list[Outgoing]), batch_id=row.batch_id)
            except (RedisIsAway, RedisIsSlow):
                raise
            except Exception:
                # One bad row must not stop the others; it stays, is tried again, and is seen in the log.
                log.exception("outbox batch %d failed", row.pk)
                row.next_try_at = now() + timedelta(seconds=min(2 ** min(row.attempts, 20), LONGEST_PAUSE_SECS))
                row.attempts += 1
                row.save(update_fields=["attempts", "next_try_at"])
            else:
                row.delete()
        published += 1
    return published


def _left_behind() -> QuerySet[OutboxBatch]:
    due = Q(next_try_at=None) | Q(next_try_at__lte=now())
    return OutboxBatch.objects.filter(due, created_at__lt=now() - LEFT_BEHIND_AFTER)
