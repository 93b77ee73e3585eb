"""Many callers at the same moment, against the real database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from project.kernel.errors import DomainError


def at_once(calls: Sequence[Callable[[], object]]) -> Counter[object]:
    """Run all calls at the same time, each on a connection of its own; counts what they answered or refused."""
    together = Barrier(len(calls))

    def work(call: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            together.wait()
            return call()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(work, calls))
