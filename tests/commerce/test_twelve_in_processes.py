"""Four of the twelve, out of real web servers and workers: nobody is told of a unit that is not theirs, everybody is
told something, the database's clock decides, and who loses costs nothing. How many rounds of a kill: a hundredth of
`--rounds`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from commerce.flash_sales.models import Allotment, Claim, FlashSale
from community.accounts.models import User
from project.kernel.clock import database_now
from project.kernel.database import database
from tests.support.claimers import CLOSED, Claimer, claimers
from tests.support.factories import make_sale
from tests.support.postgres import COUNTING
from tests.support.stack import Stack, database_url

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

SHOPPERS, UNITS = 200, 20
# Of the lock that commits of claims wait for.
LOCK = 31_337
HOUR_SECS = 3600


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> range:
    return range(max(1, request.config.getoption("--rounds") // 100))


def people(count: int = SHOPPERS) -> list[User]:
    before = User.objects.count()
    return User.objects.bulk_create(
        User(email=f"shopper{before + n}@example.com", display_name=f"Shopper {n}", password="!") for n in range(count)
    )


@pytest.fixture
def commits_can_be_held(transactional_db: None) -> Iterator[None]:
    """COMMIT of a claim waits at the last moment, as on a disk that hangs: all is written, and nothing is committed."""
    table = Claim._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION wait_to_commit() RETURNS trigger LANGUAGE plpgsql AS"
            f" 'BEGIN PERFORM pg_advisory_xact_lock_shared({LOCK}); RETURN NULL; END'"
        )
        cursor.execute(
            f"CREATE CONSTRAINT TRIGGER held_up AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION wait_to_commit()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER held_up ON {table}")
        cursor.execute("DROP FUNCTION wait_to_commit()")


class Hold:
    """No claim is committed until `let_go`."""

    def __init__(self) -> None:
        self._own = psycopg.connect(database_url(), autocommit=True)
        self._own.execute("SELECT pg_advisory_lock(%s)", [LOCK])

    def waiting(self) -> list[int]:
        """The backends whose COMMIT waits."""
        rows = self._own.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchall()
        return [pid for (pid,) in rows]

    def cut(self, pid: int) -> None:
        self._own.execute("SELECT pg_terminate_backend(%s)", [pid])

    def let_go(self) -> None:
        self._own.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def held_commits() -> Iterator[Hold]:
    hold = Hold()
    try:
        yield hold
    finally:
        hold._own.close()


async def seen(condition: Callable[[], Any], *, secs: float = 30) -> Any:
    """What it gave at last; it is asked on a thread of the database."""
    deadline = time.monotonic() + secs
    while not (found := await database(condition)):
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.05)
    return found


async def all_claim(crowd: list[Claimer], sale: FlashSale) -> list[int | str]:
    sku = await database(lambda: sale.allotments.get().sku_id)
    return await asyncio.gather(*(one.claim(sale=sale.pk, sku=sku, key="k") for one in crowd))


def claims_of(sale: FlashSale) -> dict[int, int]:
    """The ids of claims by the shopper's."""
    return dict(Claim.objects.filter(sale=sale).values_list("shopper_id", "pk"))


def held_and_sold(sale: FlashSale) -> tuple[int, int]:
    return Allotment.objects.values_list("held", "sold").get(sale=sale)


# --- 3 and 4 ---------------------------------------------------------------------------------------------------------


async def test_a_server_tells_nobody_before_the_commit(live_stack: Stack, commits_can_be_held: None) -> None:
    await asyncio.to_thread(live_stack.start)
    sale, users = await database(lambda: (make_sale(total=UNITS), people()))
    with held_commits() as hold:
        async with claimers(users, live_stack.web) as crowd:
            asked = asyncio.create_task(all_claim(crowd, sale))
            await seen(hold.waiting)
            # Also those who come while it waits are told nothing yet, for there may be units for them.
            await asyncio.sleep(0.5)
            assert not any(one.told for one in crowd)
            assert await database(claims_of, sale) == {}
            hold.let_go()
            told = await asked
            rows = await database(claims_of, sale)
    assert Counter(said for said in told if isinstance(said, str)) == {"sold_out": SHOPPERS - UNITS}
    assert {one.user_id: one.told[0] for one in crowd if isinstance(one.told[0], int)} == rows
    assert len(rows) == UNITS


async def test_killed_between_commit_and_answer(live_stack: Stack, commits_can_be_held: None, kills: range) -> None:
    """kill -9 while the database commits: nobody was told anything, every socket is closed. Asked again, with the same
    keys, everybody learns what the database has."""
    await asyncio.to_thread(live_stack.start)
    server = live_stack.web[0]
    for _ in kills:
        sale, users = await database(lambda: (make_sale(total=UNITS), people()))
        with held_commits() as hold:
            async with claimers(users, live_stack.web) as crowd:
                asked = asyncio.create_task(all_claim(crowd, sale))
                await seen(hold.waiting)
                server.kill()
                # The connection is gone, and the database commits all the same.
                assert await asked == [CLOSED] * SHOPPERS
                hold.let_go()
        committed = await seen(partial(claims_of, sale))
        await asyncio.to_thread(live_stack.restart, server)
        async with claimers(users, live_stack.web) as crowd:
            told = await all_claim(crowd, sale)
            rows = await database(claims_of, sale)
        assert Counter(said for said in told if isinstance(said, str)) == {"sold_out": SHOPPERS - UNITS}
        assert {one.user_id: one.told[0] for one in crowd if isinstance(one.told[0], int)} == rows
        assert rows.items() >= committed.items()
        assert await database(held_and_sold, sale) == (len(rows), 0) == (UNITS, 0)


async def test_killed_at_any_moment(live_stack: Stack, kills: range) -> None:
    """One of two servers is killed in the crush: who was told of a claim has it, who was not hears that the socket is
    closed; those of the other server are all answered."""
    await asyncio.to_thread(live_stack.start, web=2)
    for turn in kills:
        sale, users = await database(lambda: (make_sale(total=UNITS), people()))
        async with claimers(users, live_stack.web) as crowd:
            asked = asyncio.create_task(all_claim(crowd, sale))
            await asyncio.sleep(0.02 * (turn % 10))
            live_stack.web[0].kill()
            told = await asked
        rows = await database(claims_of, sale)
        assert {said for said in told if isinstance(said, str)} <= {"sold_out", CLOSED}
        assert CLOSED not in told[1::2]
        for one in crowd:
            if isinstance(one.told[0], int):
                assert rows[one.user_id] == one.told[0]
        assert len(rows) <= UNITS
        await asyncio.to_thread(live_stack.restart, live_stack.web[0])


async def test_every_caller_is_answered_when_the_database_cuts_the_batch(
    live_stack: Stack, commits_can_be_held: None
) -> None:
    """What the server had written is gone with its connection: it is done again, and then it is told."""
    await asyncio.to_thread(live_stack.start)
    sale, users = await database(lambda: (make_sale(total=UNITS), people()))
    with held_commits() as hold:
        async with claimers(users, live_stack.web) as crowd:
            asked = asyncio.create_task(all_claim(crowd, sale))
            (pid,) = await seen(hold.waiting)
            hold.cut(pid)
            hold.let_go()
            told = await asked
            rows = await database(claims_of, sale)
    assert Counter(said for said in told if isinstance(said, str)) == {"sold_out": SHOPPERS - UNITS}
    assert {one.user_id: one.told[0] for one in crowd if isinstance(one.told[0], int)} == rows
    assert len(rows) == UNITS


# --- 9 ---------------------------------------------------------------------------------------------------------------

# Python reads it before anything else: what asks for the time later gets another one.
WRONG_CLOCK = """
import time
from datetime import timedelta

import django.utils.timezone as timezone

really, really_ns, really_now = time.time, time.time_ns, timezone.now
time.time = lambda: really() + {off}
time.time_ns = lambda: really_ns() + {off} * 10**9
timezone.now = lambda: really_now() + timedelta(seconds={off})
"""


@pytest.mark.parametrize("off", [-HOUR_SECS, HOUR_SECS], ids=["slow", "fast"])
async def test_processes_whose_clock_is_wrong_decide_nothing(live_stack: Stack, tmp_path: Path, off: int) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(WRONG_CLOCK.format(off=off))
    live_stack.environment["PYTHONPATH"] = str(site)
    tell = "from django.utils.timezone import now; print(now().timestamp())"
    asked = subprocess.run([sys.executable, "-c", tell], env=os.environ | live_stack.environment, capture_output=True)
    assert abs(float(asked.stdout) - time.time() - off) < 30
    await asyncio.to_thread(live_stack.start, worker=True)

    def sales() -> tuple[FlashSale, FlashSale, FlashSale]:
        running, coming, over = make_sale(), make_sale(channel="show:2"), make_sale(channel="show:3")
        at = database_now()
        half = timedelta(minutes=30)
        FlashSale.objects.filter(pk=running.pk).update(starts_at=at - half, ends_at=at + half)
        FlashSale.objects.filter(pk=coming.pk).update(state="scheduled", starts_at=at + half, ends_at=at + 2 * half)
        FlashSale.objects.filter(pk=over.pk).update(starts_at=at - 2 * half, ends_at=at - timedelta(seconds=1))
        return running, coming, over

    running, coming, over = await database(sales)
    users = await database(people, 3)
    async with claimers(users, live_stack.web) as crowd:
        (claim,) = await all_claim(crowd[:1], running)
        assert isinstance(claim, int)
        assert await all_claim(crowd[1:2], coming) == ["not_open"]
        assert await all_claim(crowd[2:], over) == ["not_open"]
    won = await database(lambda: Claim.objects.get())
    lasts = (won.expires_at - await database(database_now)).total_seconds()
    assert 570 < lasts <= 600

    def states() -> list[str]:
        return list(FlashSale.objects.order_by("pk").values_list("state", flat=True))

    # The worker looks: what is over by the database's clock is closed, nothing else is touched, also when it looks
    # again for what has lapsed.
    await seen(lambda: states() == ["open", "scheduled", "closed"])
    await database(lambda: FlashSale.objects.filter(pk=coming.pk).update(starts_at=database_now()))
    await seen(lambda: states() == ["open", "open", "closed"])
    assert await database(lambda: Claim.objects.get().state) == "held"
    await database(lambda: Claim.objects.update(expires_at=database_now()))
    await seen(lambda: Claim.objects.get().state == "released")


# --- 10 --------------------------------------------------------------------------------------------------------------


def counted_statements() -> int:
    """That PostgreSQL has carried out in this database since it was last told to forget them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(SUM(calls), 0) FROM pg_stat_statements"
            " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def statements_are_counted(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW shared_preload_libraries")
        if COUNTING not in cursor.fetchone()[0]:
            pytest.skip("this PostgreSQL does not count statements")
        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {COUNTING}")


async def test_losers_cost_a_server_no_statements(live_stack: Stack, statements_are_counted: None) -> None:
    await asyncio.to_thread(live_stack.start)
    sale, users = await database(lambda: (make_sale(total=1), people(SHOPPERS + 1)))
    sku = await database(lambda: sale.allotments.get().sku_id)

    def forget() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_statements_reset()")

    async with claimers(users, live_stack.web) as crowd:
        winner, *losers = crowd
        assert isinstance(await winner.claim(sale=sale.pk, sku=sku, key="k"), int)
        await database(forget)
        began = time.monotonic()
        # One after the other, so that nobody shares what another one has asked for.
        for turn in range(3):
            for loser in losers:
                assert await loser.claim(sale=sale.pk, sku=sku, key=f"k{turn}") == "sold_out"
        secs = time.monotonic() - began
        spent = await database(counted_statements)
    # What the server reads anew once a second, and its sweepers beside.
    assert spent < 30 + 30 * secs, (spent, secs)
    assert spent < 3 * SHOPPERS / 4
