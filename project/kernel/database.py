"""The way from async code to the database: a bounded pool of our own threads, each with its own connection.

`asgiref` runs every `a*` ORM call of a process on one thread; ten slow queries would wait for each other there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections, connections

from project.kernel.counting import Reading

P = ParamSpec("P")
R = TypeVar("R")

_pool: ThreadPoolExecutor | None = None


def _threads() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(settings.DATABASE_POOL_THREADS, thread_name_prefix="database")
    return _pool


def unit_of_work(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `fn` in this thread; connections that have become unusable are closed before and after."""
    close_old_connections()
    try:
        return fn(*args, **kwargs)
    finally:
        close_old_connections()


def _waiting() -> int:
    return _pool._work_queue.qsize() if _pool else 0


Reading("souk_database_queue", "Units of work that wait for a thread of the database pool.", _waiting)


async def database(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run synchronous database work on the pool and wait for it. What `fn` raises is raised here."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), partial(unit_of_work, fn, *args, **kwargs))


def close_pool() -> None:
    """End the threads and close their connections; the next call starts new ones. Waits for running work."""
    global _pool
    if _pool is None:
        return
    pool, _pool = _pool, None
    # Each thread closes its own connections: a barrier makes sure that every one of them gets the task.
    # As many as there may be, not as there are: the executor may start another one for the first of these tasks.
    count = pool._max_workers
    barrier = Barrier(count)

    def close() -> None:
        barrier.wait(timeout=10)
        connections.close_all()

    for future in [pool.submit(close) for _ in range(count)]:
        future.result()
    pool.shutdown()
