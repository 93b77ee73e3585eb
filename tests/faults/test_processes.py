"""Processes die at the worst moment: nothing that was promised is lost, and the rest goes on."""

from __future__ import annotations

import signal
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.factories import make_user
from tests.support.stack import Stack
from tests.support.valkey import PrivateValkey


@pytest.fixture
def stack(transactional_db: None, own_valkey: PrivateValkey, tmp_path: Path) -> Iterator[Stack]:
    """Processes on a Valkey that the test may stop."""
    stack = Stack(folder=tmp_path, valkey=own_valkey)
    try:
        yield stack
    finally:
        stack.close()


def status_of(stack: Stack, path: str) -> int:
    try:
        stack.get(path)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def test_a_web_server_that_lost_valkey_says_so_and_recovers(stack: Stack) -> None:
    stack.start()
    assert status_of(stack, "/readyz") == 200

    stack.valkey.kill()
    assert status_of(stack, "/readyz") == 503
    assert status_of(stack, "/healthz") == 200
    # What needs only the database goes on.
    assert stack.get("/api/catalog/products/")["results"] == []

    stack.valkey.start()
    stack.until(lambda: status_of(stack, "/readyz") == 200, what="readiness")


def test_a_killed_web_server_leaves_the_other_at_work(stack: Stack) -> None:
    user = make_user()
    stack.start(web=2)
    first, second = stack.web
    cookie = stack.cookie_of(user)
    first.kill()
    assert stack.get("/api/me/", cookie=cookie, server=second)["user"]["id"] == user.pk
    stack.restart(first)
    assert stack.get("/api/me/", cookie=cookie, server=first)["user"]["id"] == user.pk


def test_a_stopped_web_server_ends_by_itself(stack: Stack) -> None:
    stack.start()
    server = stack.web[0]
    server.signal(signal.SIGTERM)
    stack.until(lambda: not server.is_running, what="the end")
    assert "Traceback" not in server.last_words()


def test_a_worker_comes_back_after_valkey_was_away(stack: Stack) -> None:
    stack.start(web=0)
    worker = stack.start_worker()
    stack.valkey.kill()
    stack.until(lambda: "Connection to broker lost" in worker.last_words(), what="the loss")
    stack.valkey.start()
    stack.until(
        lambda: "Connected to" in worker.last_words().rpartition("Connection to broker lost")[2],
        secs=60,
        what="the reconnect",
    )
    assert worker.is_running
