"""Two hundred callers at the same moment: several processes of many threads, each with a database connection that it
keeps from round to round. What is raced is the code that serves requests, on the real database.

The other side is `tests/support/crowd_member.py`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import chain
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from django.db import connection

from tests.support.crowd_member import THREADS, Broken, Call
from tests.support.stack import Process, Stack

PROCESSES = 4
CALLERS = PROCESSES * THREADS
# A round that takes longer is one that waits for ever.
ROUND_SECS = 60


class Crowd:
    """`race` as often as you like, then `close`. Calls are pickled: partials of functions of a module."""

    def __init__(self, stack: Stack) -> None:
        # For a test that wants one.
        self.expected_deadlocks = 0
        self._members: list[tuple[Process, Connection]] = []
        for number in range(1, PROCESSES + 1):
            here, there = Pipe()
            argv = [sys.executable, "-m", "tests.support.crowd_member", str(there.fileno())]
            process = stack.start_program(f"crowd-{number}", *argv, descriptors=[there.fileno()])
            there.close()
            self._members.append((process, here))

    def race(self, calls: Sequence[Call]) -> Counter[Any]:
        """Make at most CALLERS calls, all at once; counts what they answered, or the codes of their refusals.

        Raises AssertionError when one raises anything else (a deadlock is an OperationalError) or takes for ever.
        """
        assert len(calls) <= CALLERS
        for number, (_, end) in enumerate(self._members):
            end.send(calls[number::PROCESSES])
        for member in self._members:
            assert self._hear(*member) == "ready"
        for _, end in self._members:
            end.send("go")
        answers = list(chain.from_iterable(self._hear(*member) for member in self._members))
        broken = [one.trace for one in answers if isinstance(one, Broken)]
        assert not broken, f"{len(broken)} of {len(calls)} calls broke, the first:\n{broken[0]}"
        return Counter(answers)

    def deadlocks(self) -> int:
        """How many PostgreSQL has broken up in this database, also those that somebody caught."""
        self.race([partial(_tell_statistics)] * CALLERS)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    def _hear(self, process: Process, end: Connection) -> Any:
        try:
            assert end.poll(ROUND_SECS), f"{process.name} is not done after {ROUND_SECS} s"
            return end.recv()
        except (EOFError, ConnectionError):
            raise AssertionError(f"{process.name} has ended:\n{process.last_words()}") from None

    def close(self) -> None:
        for _, end in self._members:
            end.close()
        for process, _ in self._members:
            process.stop()


def _tell_statistics() -> None:
    """A connection counts for itself, and tells the server once in a while."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
