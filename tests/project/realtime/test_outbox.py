"""Between COMMIT and publish nothing is lost, and nothing is published twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ResponseError

from project import wiring
from project.kernel import rows
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.events import Event
from project.realtime import outbox, publisher, store
from project.realtime.models import OutboxBatch
from project.realtime.outbox import display, effect, one_batch, publish_on_commit, sweep
from tests.support.stack import database_url
from tests.support.valkey import PrivateValkey

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Event):
    type: ClassVar[str] = "bell.rang"
    times: int

    def channels(self) -> list[str]:
        return ["room:7"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoed(Event):
    type: ClassVar[str] = "bell.echoed"
    durable: ClassVar[bool] = False
    times: int

    def channels(self) -> list[str]:
        return ["room:8"]


@pytest.fixture
def reactors() -> Iterator[dict[type[Event], list[outbox.Reactor]]]:
    table: dict[type[Event], list[outbox.Reactor]] = {Rang: []}
    outbox.install(table)
    yield outbox._subscribers
    outbox.install(wiring.SUBSCRIBERS)


def leave(*dumped: dict[str, Any]) -> None:
    """A row of somebody who died before he could publish it."""
    batch = [outbox.Outgoing(["room:7"], msgspec.Raw(msgspec.json.encode(one["fields"])), event=one) for one in dumped]
    OutboxBatch.objects.create(events=msgspec.json.encode(batch).decode())


def rang(times: int) -> dict[str, Any]:
    return {"class": f"{Rang.__module__}:Rang", "fields": {"times": times, "at": 5}}


def stream(channel: str) -> list[dict[str, Any]]:
    entries = publisher.client(channel).xrange(store.Keys.of(channel).log)
    return [msgspec.json.decode(fields[b"d"]) for _, fields in entries]


def leave_behind() -> None:
    """Make what is in the outbox old enough for the sweeper."""
    OutboxBatch.objects.update(created_at=now() - timedelta(seconds=10))


def test_events_are_published_after_commit_and_the_row_goes() -> None:
    with transaction.atomic():
        publish_on_commit(Rang(times=1, at=5), Rang(times=2, at=6))
        assert OutboxBatch.objects.count() == 1
        assert stream("room:7") == []
    assert stream("room:7") == [{"type": "bell.rang", "at": 5, "times": 1}, {"type": "bell.rang", "at": 6, "times": 2}]
    assert not OutboxBatch.objects.exists()


def test_what_stands_in_the_row_is_what_is_sent() -> None:
    with transaction.atomic():
        publish_on_commit(Rang(times=1, at=5))
        [row] = OutboxBatch.objects.all()
        [kept] = msgspec.json.decode(row.events, type=list[outbox.Outgoing])
    [(_, fields)] = publisher.client("room:7").xrange(store.Keys.of("room:7").log)
    assert bytes(kept.line) == fields[b"d"] == b'{"type":"bell.rang","at":5,"times":1}'
    # Nothing reacts to it: what was announced need not be known.
    assert kept.event is None


def test_a_rollback_takes_its_events_with_it() -> None:
    with transaction.atomic():
        publish_on_commit(Rang(times=1))
        transaction.set_rollback(True)
    assert stream("room:7") == []
    assert not OutboxBatch.objects.exists()


def test_what_is_announced_together_is_one_batch() -> None:
    with transaction.atomic():
        with one_batch():
            publish_on_commit(Rang(times=1, at=5))
            with transaction.atomic(savepoint=False):
                publish_on_commit(Echoed(times=2, at=6), Rang(times=3, at=7))
            assert not OutboxBatch.objects.exists()
        assert OutboxBatch.objects.count() == 1
        publish_on_commit(Rang(times=4, at=8))
        assert OutboxBatch.objects.count() == 2
    assert [event["times"] for event in stream("room:7")] == [1, 3, 4]
    assert not OutboxBatch.objects.exists()


def test_what_is_rolled_back_alone_is_not_announced_with_the_rest() -> None:
    with transaction.atomic(), one_batch():
        publish_on_commit(Rang(times=1, at=5))
        with transaction.atomic():
            publish_on_commit(Rang(times=2, at=6))
            transaction.set_rollback(True)
        publish_on_commit(Rang(times=3, at=7))
    assert [event["times"] for event in stream("room:7")] == [1, 3]
    assert not OutboxBatch.objects.exists()


def test_what_fails_together_announces_nothing() -> None:
    def fail() -> None:
        with transaction.atomic(), one_batch():
            publish_on_commit(Rang(times=1, at=5))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    with transaction.atomic(), one_batch():
        pass
    publish_on_commit(Rang(times=2, at=6))
    assert [event["times"] for event in stream("room:7")] == [2]
    assert not OutboxBatch.objects.exists()


def test_what_only_the_next_one_replaces_needs_no_row() -> None:
    with transaction.atomic():
        publish_on_commit(Echoed(times=1))
        assert not OutboxBatch.objects.exists()


def test_a_dead_redis_delays_but_loses_nothing(valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
        with transaction.atomic():
            publish_on_commit(Rang(times=1, at=5))
    assert OutboxBatch.objects.count() == 1
    assert sweep() == 0  # too young: its own process may be at it
    leave_behind()
    assert sweep() == 1
    assert sweep() == 0
    assert stream("room:7") == [{"type": "bell.rang", "at": 5, "times": 1}]


def test_a_batch_that_was_published_before_the_crash_is_not_published_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(rows, "remove", lambda row: None)
        publish_on_commit(Rang(times=1, at=5))
    assert OutboxBatch.objects.count() == 1
    OutboxBatch.objects.update(created_at=OutboxBatch.objects.get().created_at)
    monkeypatch.setattr(outbox, "LEFT_BEHIND_AFTER", timedelta(0))
    assert sweep() == 1
    assert len(stream("room:7")) == 1
    assert not OutboxBatch.objects.exists()


def test_one_bad_row_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    leave({"class": "no.such:Class", "fields": {}})
    leave(rang(3))
    leave_behind()
    assert sweep(most=2) == 2
    assert stream("room:7") == [{"times": 3, "at": 5}]
    assert list(OutboxBatch.objects.values_list("attempts", flat=True)) == [1]
    assert "outbox batch" in caplog.text


def test_a_batch_that_goes_on_failing_is_tried_less_and_less_often_but_never_given_up(
    reactors: dict[type[Event], list[outbox.Reactor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[datetime] = []
    clock = now()

    def fail(rang: Rang) -> None:
        tried.append(clock)
        if len(tried) < 1500:
            raise ConnectionError("not now")

    reactors[Rang] = [effect(fail)]
    leave(rang(3))
    monkeypatch.setattr(outbox, "now", lambda: clock)
    clock += timedelta(seconds=10)
    assert [sweep(), sweep()] == [1, 0]
    for _ in range(11):
        clock += timedelta(seconds=outbox.LONGEST_PAUSE_SECS)
        assert sweep() == 1
    OutboxBatch.objects.update(attempts=1499)
    tried += [clock] * 1487
    clock += timedelta(seconds=outbox.LONGEST_PAUSE_SECS)
    assert sweep() == 1
    assert not OutboxBatch.objects.exists()


@pytest.mark.parametrize("broken", ["database", "redis"])
def test_a_batch_that_breaks_what_it_uses_does_not_stop_the_others(
    reactors: dict[type[Event], list[outbox.Reactor]], broken: str
) -> None:
    def break_it(rang: Rang) -> None:
        if rang.times != 1:
            return
        if broken == "redis":
            raise ResponseError("ERR on purpose")
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM there_is_no_such_table")

    reactors[Rang] = [effect(break_it)]
    for times in (1, 2):
        leave(rang(times))
    leave_behind()
    assert sweep() == 2
    assert [event["times"] for event in stream("room:7")] == [1, 2]
    assert list(OutboxBatch.objects.values_list("attempts", flat=True)) == [1]


def test_what_is_shown_because_of_it_is_pushed_with_it(reactors: dict[type[Event], list[outbox.Reactor]]) -> None:
    reactors[Rang] = [display(lambda rang: [Rang(times=rang.times * 10, at=rang.at)])]
    publish_on_commit(Rang(times=1, at=5))
    assert [event["times"] for event in stream("room:7")] == [1, 10]


def test_an_effect_that_fails_is_done_later(reactors: dict[type[Event], list[outbox.Reactor]]) -> None:
    done: list[int] = []
    fails = [True]

    def award(rang: Rang) -> None:
        if fails.pop():
            fails.append(False)
            raise ConnectionError("not now")
        done.append(rang.times)

    reactors[Rang] = [effect(award)]
    publish_on_commit(Rang(times=4, at=5))
    assert done == []
    assert OutboxBatch.objects.count() == 1
    leave_behind()
    assert sweep() == 1
    assert done == [4]
    assert not OutboxBatch.objects.exists()


KILLED = """
import os, signal
import django; django.setup()
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ResponseError
from tests.project.realtime.test_outbox import Rang
from project.realtime import outbox
from project.realtime.outbox import publish_on_commit

def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)

outbox.publish_now = die
with transaction.atomic():
    publish_on_commit(Rang(times=9, at=5))
print("still alive")
"""


def test_a_process_killed_between_commit_and_publish_loses_nothing(valkey: PrivateValkey) -> None:
    environment = {**os.environ, "DATABASE_URL": database_url(), "REDIS_URL": valkey.url, "SOUK_DEBUG": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "project.settings"
    died = subprocess.run([sys.executable, "-c", KILLED], env=environment, cwd=settings.BASE_DIR, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert died.stdout == b""
    assert OutboxBatch.objects.count() == 1
    leave_behind()
    assert sweep() == 1
    assert stream("room:7") == [{"type": "bell.rang", "at": 5, "times": 9}]


def test_beat_sweeps_too_for_nobody_may_be_connected() -> None:
    from project.celery import app

    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled <= set(app.tasks)
    leave(rang(3))
    leave_behind()
    app.tasks[app.conf.beat_schedule["sweep-outbox"]["task"]]()
    assert not OutboxBatch.objects.exists()


def test_a_sweep_that_finds_nothing_asks_once_and_locks_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert sweep() == 0
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]


def announce(times: int) -> int:
    """Returns how many rows there are then."""
    with transaction.atomic():
        publish_on_commit(Rang(times=times, at=5))
    return OutboxBatch.objects.count()


async def test_a_web_process_removes_what_it_published_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "REMOVED_EVERY_SECS", 3600)
    removing = asyncio.create_task(outbox.remove_together())
    await asyncio.sleep(0)
    assert [await database(announce, times) for times in (1, 2, 3)] == [1, 2, 3]
    assert [event["times"] for event in stream("room:7")] == [1, 2, 3]
    # At its end it leaves none, and whoever publishes then removes its own.
    removing.cancel()
    await asyncio.gather(removing, return_exceptions=True)
    assert not await database(OutboxBatch.objects.exists)
    assert await database(announce, 4) == 0


async def test_published_rows_are_gone_long_before_they_are_swept() -> None:
    removing = asyncio.create_task(outbox.remove_together())
    await asyncio.sleep(0)
    try:
        for times in range(3):
            await database(announce, times)
            async with asyncio.timeout(20):
                while await database(OutboxBatch.objects.exists):
                    await asyncio.sleep(0.02)
    finally:
        removing.cancel()
        await asyncio.gather(removing, return_exceptions=True)
    assert outbox.LEFT_BEHIND_AFTER.total_seconds() / outbox.REMOVED_EVERY_SECS > 4


async def test_rows_that_cannot_be_removed_now_are_removed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "REMOVED_EVERY_SECS", 0.01)
    broken = asyncio.Event()

    async def away(*_: Any) -> None:
        broken.set()
        raise OperationalError

    removing = asyncio.create_task(outbox.remove_together())
    await asyncio.sleep(0)
    with monkeypatch.context() as failing:
        failing.setattr(outbox, "database", away)
        await database(announce, 1)
        await asyncio.wait_for(broken.wait(), 20)
        assert await database(OutboxBatch.objects.count) == 1
    async with asyncio.timeout(20):
        while await database(OutboxBatch.objects.exists):
            await asyncio.sleep(0.02)
    # Removed by the same task, which a database that was away has not ended.
    assert not removing.done()
    removing.cancel()
    await asyncio.gather(removing, return_exceptions=True)
