"""Fixtures of every test: a Valkey of its own, the events that were announced, real processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.announced import Announced
from tests.support.stack import Stack
from tests.support.valkey import PrivateValkey, use

STACK = pytest.StashKey[Stack]()
CONNECTIONS = pytest.StashKey["OpenConnections"]()


@pytest.fixture(scope="session", autouse=True)
def valkey_server() -> Iterator[PrivateValkey]:
    """One Valkey for the session; this process and the processes that it starts use it."""
    server = PrivateValkey()
    try:
        server.start()
        undo = use(server)
        yield server
        undo()
    finally:
        server.remove()


@pytest.fixture(autouse=True)
def valkey(valkey_server: PrivateValkey) -> PrivateValkey:
    """The session's Valkey, empty. `.client` is a plain Redis client, `.url` its address."""
    valkey_server.forget()
    return valkey_server


@pytest.fixture(autouse=True)
def _idle_database_threads(_django_db_helper: None) -> Iterator[None]:
    """The threads of our pool let go of the database before the test's data is removed."""
    yield
    from project.kernel.database import close_pool

    close_pool()


@pytest.fixture(autouse=True)
def _nothing_known_of_the_test_before() -> None:
    """What a process knows by heart of moderation goes with the rows of a test."""
    from community.moderation import known

    known.forget_all()


class OpenConnections:
    """The connections that Django opened in this process, each with the thread that did.

    The threads of a test's event loop end with it, and Django closes nothing then: the garbage collector would find
    their connections, and warn of them, in whichever test runs by that time.
    """

    def __init__(self) -> None:
        self._opened: list[tuple[Any, threading.Thread]] = []

    def note(self, connection: Any, **_: Any) -> None:
        self._opened.append((connection.connection, threading.current_thread()))

    def close_left(self) -> None:
        for raw, thread in self._opened:
            if not thread.is_alive():
                raw.close()
        self._opened = [(raw, thread) for raw, thread in self._opened if not raw.closed]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Any:
    try:
        return (yield)
    finally:
        item.config.stash[CONNECTIONS].close_left()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=100, help="rounds of two hundred callers at once (default: 100)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Races are left out on SQLite, where one writer at a time leaves little to race for; what runs once is left out on
    PostgreSQL."""
    from django.conf import settings

    on_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    left_out = [item for item in items if (runs_once(item) if on_postgres else item.get_closest_marker("postgres"))]
    config.hook.pytest_deselected(items=left_out)
    left_out_ids = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in left_out_ids]


def runs_once(item: pytest.Item) -> bool:
    """Whether the database makes no difference to a test: it says so, or has none (pytest-django refuses every thread
    a connection then). What tests through other processes asks for the database that these work on."""
    if item.get_closest_marker("once"):
        return True
    asks_for = set(getattr(item, "fixturenames", ()))
    return not item.get_closest_marker("django_db") and not asks_for & {"db", "transactional_db"}


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings
    from django.db.backends.signals import connection_created
    from django.test import TransactionTestCase

    from tests.support.emptying import after_each_test

    TransactionTestCase._fixture_teardown = after_each_test  # type: ignore[method-assign]
    # Whitenoise looks at each file of the front end when a handler is made, and each test client makes one: 40 ms.
    settings.WHITENOISE_AUTOREFRESH = True
    config.stash[CONNECTIONS] = connections = OpenConnections()
    if "postgresql" in settings.DATABASES["default"]["ENGINE"]:
        connection_created.connect(connections.note, weak=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Threads that asgiref keeps hold connections to the end, and PostgreSQL drops no database that is in use."""
    yield
    from django.db import connection

    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Announced:
    """The events whose transaction has committed, in order: `assert published == []`."""
    from django.db import transaction

    from project.kernel.events import Event
    from project.realtime import outbox

    announced = Announced()
    outgoing: Callable[[Event], outbox.Outgoing] = outbox._outgoing

    def record(event: Event) -> outbox.Outgoing:
        transaction.on_commit(lambda: announced.record([event]))
        return outgoing(event)

    monkeypatch.setattr(outbox, "_outgoing", record)
    return announced


@pytest.fixture
def tasks_at_once() -> Iterator[None]:
    """Celery's tasks run where they are sent, and raise there."""
    from project.celery import app

    before = app.conf.task_always_eager, app.conf.task_eager_propagates
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager, app.conf.task_eager_propagates = before


@pytest.fixture
def live_stack(
    request: pytest.FixtureRequest, transactional_db: None, valkey: PrivateValkey, tmp_path: Path
) -> Iterator[Stack]:
    """Real processes on the test's own database: `live_stack.start(web=2, worker=True, ingest=True)`.

    Rows that the test makes are seen by them, and theirs by the test. Logs are shown when the test fails.
    """
    stack = Stack(folder=tmp_path, valkey=valkey)
    request.node.stash[STACK] = stack
    try:
        yield stack
    finally:
        stack.close()


@pytest.fixture
def own_valkey() -> Iterator[PrivateValkey]:
    """A Valkey that the test may stop, kill and start again; this process and a `Stack` made with it use it."""
    server = PrivateValkey(keep=True)
    try:
        server.start()
        undo = use(server)
        yield server
        undo()
    finally:
        server.remove()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.failed and STACK in item.stash:
        report.sections.extend(item.stash[STACK].logs())
    return report
