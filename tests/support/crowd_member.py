"""A process of a crowd: `python -m tests.support.crowd_member DESCRIPTOR` gets calls over that pipe, makes each on a
thread of its own, all at the same moment, and sends back what they answered.
"""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue

import django
from django.db import connection

from project.kernel.errors import DomainError

THREADS = 50

Call = Callable[[], object]


@dataclass(frozen=True)
class Broken:
    """A call raised what is no refusal."""

    trace: str


class _Caller(threading.Thread):
    """Makes one call of each round, at the moment when the others of its process make theirs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.calls: SimpleQueue[tuple[Call, threading.Barrier] | None] = SimpleQueue()
        self.answers: SimpleQueue[object] = SimpleQueue()

    def run(self) -> None:
        connection.ensure_connection()
        while told := self.calls.get():
            call, together = told
            together.wait()
            self.answers.put(_answer(call))
        connection.close()


def _answer(call: Call) -> object:
    try:
        return call()
    except DomainError as refusal:
        return refusal.code
    except Exception:
        return Broken(traceback.format_exc())


def main(descriptor: int) -> None:
    django.setup()
    gc.freeze()
    callers = [_Caller() for _ in range(THREADS)]
    for caller in callers:
        caller.start()
    with Connection(descriptor) as end:
        while True:
            try:
                calls: Sequence[Call] = end.recv()
            except EOFError:
                break
            together = threading.Barrier(len(calls) + 1)
            at_work = callers[: len(calls)]
            for caller, call in zip(at_work, calls, strict=True):
                caller.calls.put((call, together))
            end.send("ready")
            end.recv()
            together.wait()
            end.send([caller.answers.get() for caller in at_work])
    for caller in callers:
        caller.calls.put(None)
    for caller in callers:
        caller.join()


if __name__ == "__main__":
    # By its name: what it sends is unpickled elsewhere.
    from tests.support import crowd_member

    crowd_member.main(int(sys.argv[1]))
