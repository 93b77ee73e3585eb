"""A server that ends, or is replaced by another one, is noticed by nobody: real processes, the published SDK."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from centrifuge import Client, ClientEventHandler, ConnectingContext, PublicationContext, SubscriptionEventHandler
from django.db import connection, transaction

from chat.conversations.models import Conversation
from chat.messages.models import Message
from live.shows.models import Show
from project.kernel.database import database
from project.realtime.publisher import Push, publish
from tests.support.factories import make_show, make_user
from tests.support.sdk import leave
from tests.support.stack import Stack, WebServer

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 12


class Browser:
    """Asks over one connection, and makes another one when the server closed it between two requests."""

    def __init__(self, port: int, path: str) -> None:
        self.failures: list[str] = []
        self.answered = 0
        self._port, self._path = port, path
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask_all_the_while)

    def __enter__(self) -> Browser:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _ask_all_the_while(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._over.is_set():
            fresh = connection.sock is None
            try:
                connection.request("GET", self._path)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.answered += 1
                else:
                    self.failures.append(f"{answer.status}")
            except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError) as error:
                connection.close()
                # The end of an idle connection is no failed request; that of a new one is.
                if fresh:
                    self.failures.append(repr(error))
            time.sleep(0.005)
        connection.close()


class Viewer(ClientEventHandler, SubscriptionEventHandler):
    def __init__(self, url: str, channel: str, *, token: str = "") -> None:
        self.heard: list[int] = []
        self.ends: list[tuple[float, int]] = []
        self.client = Client(url, events=self, token=token, min_reconnect_delay=0.05, max_reconnect_delay=0.5)
        self._subscription = self.client.new_subscription(channel, self, recoverable=True, min_resubscribe_delay=0.05)

    async def on_connecting(self, ctx: ConnectingContext) -> None:
        if ctx.code:
            self.ends.append((time.monotonic(), ctx.code))

    async def on_publication(self, ctx: PublicationContext) -> None:
        if "n" in ctx.pub.data:
            self.heard.append(ctx.pub.data["n"])

    async def come(self) -> None:
        await self.client.connect()
        await self._subscription.subscribe()
        await self._subscription.ready()


class Speaker:
    """Publishes 1, 2, 3 … until it is over."""

    def __init__(self, channel: str) -> None:
        self.said = 0
        self.over = False
        self._channel = channel

    async def speak(self) -> None:
        while not self.over:
            push = Push(self._channel, [msgspec.json.encode({"type": "test.said", "n": self.said + 1})], [])
            await asyncio.to_thread(publish, [push])
            self.said += 1
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def an_audience(server: WebServer, channel: str) -> AsyncIterator[tuple[list[Viewer], Speaker]]:
    """Viewers who hear a speaker; in the end, each of them has heard everything once and in order."""
    viewers = [Viewer(server.websocket_url, channel) for _ in range(CLIENTS)]
    await asyncio.gather(*[viewer.come() for viewer in viewers])
    speaker = Speaker(channel)
    task = asyncio.create_task(speaker.speak())
    try:
        yield viewers, speaker
    finally:
        # Not cancelled: the thread would publish what it is at, and nobody count it.
        speaker.over = True
        await task
    async with asyncio.timeout(30):
        while any(len(viewer.heard) < speaker.said for viewer in viewers):
            await asyncio.sleep(0.02)
    await leave(*[viewer.client for viewer in viewers])
    everything = list(range(1, speaker.said + 1))
    assert [viewer.heard for viewer in viewers] == [everything] * CLIENTS


def workers_of(server: WebServer) -> set[int]:
    """The processes that a server has started and that run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, _, rest = stat.read_text().rpartition(") ")
            state, parent = rest.split()[:2]
            if int(parent) == server.pid and state != "Z":
                found.add(int(stat.parent.name))
    return found


async def until(condition: Any, *, secs: float = 60) -> None:
    async with asyncio.timeout(secs):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
def show() -> Show:
    return make_show()


@pytest.fixture
def two_workers(live_stack: Stack, show: Show) -> WebServer:
    live_stack.environment |= {"WEB_WORKERS": "2", "DRAIN_SECS": "1"}
    live_stack.start()
    return live_stack.web[0]


async def test_workers_are_replaced_and_nobody_notices(two_workers: WebServer, show: Show) -> None:
    server = two_workers
    before = workers_of(server)
    with Browser(server.port, "/api/shows/") as browser:
        async with an_audience(server, f"show:{show.pk}") as (viewers, _):
            server.signal(signal.SIGHUP)
            await until(lambda: len(after := workers_of(server)) == 2 and not after & before)
            await until(lambda: all(viewer.ends for viewer in viewers))
    assert browser.failures == []
    assert browser.answered > 20
    assert {code for viewer in viewers for _, code in viewer.ends} == {3001}
    # Over a good part of the second that a worker takes, not all at once.
    firsts = sorted(viewer.ends[0][0] for viewer in viewers)
    assert firsts[-1] - firsts[0] > 0.3


async def test_a_worker_that_is_ended_by_hand_is_missed_by_nobody(two_workers: WebServer, show: Show) -> None:
    server = two_workers
    one = min(workers_of(server))
    with Browser(server.port, "/api/shows/") as browser:
        async with an_audience(server, f"show:{show.pk}") as (viewers, _):
            os.kill(one, signal.SIGTERM)
            await until(lambda: one not in (now := workers_of(server)) and len(now) == 2)
    assert browser.failures == []
    assert "ended with code 0" in server.last_words()
    assert {code for viewer in viewers for _, code in viewer.ends} <= {3001}


async def test_a_killed_worker_comes_back_and_its_viewers_recover(two_workers: WebServer, show: Show) -> None:
    server = two_workers
    one = min(workers_of(server))
    async with an_audience(server, f"show:{show.pk}"):
        os.kill(one, signal.SIGKILL)
        await until(lambda: one not in (now := workers_of(server)) and len(now) == 2)


def status_of(stack: Stack, path: str) -> int:
    try:
        stack.get(path)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def rpcs_of(server: WebServer) -> float:
    """How many methods were called, answered or not."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:
        found = re.search(r'^souk_commands_total\{command="rpc"\} (\S+)$', answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0


async def test_a_server_that_ends_says_so_and_answers_what_is_under_way(live_stack: Stack, show: Show) -> None:
    """A message that waits for COMMIT when SIGTERM comes is committed and answered; then its socket is sent away."""
    live_stack.environment["DRAIN_SECS"] = "5"
    author = await database(make_user)
    await asyncio.to_thread(live_stack.start)
    server = live_stack.web[0]
    token = await database(live_stack.token_of, author)
    viewer = Viewer(server.websocket_url, f"show:{show.pk}", token=token)
    await viewer.come()
    say = {"channel": f"show:{show.pk}", "text": "one", "key": "k1"}
    await viewer.client.rpc("chat.send", say)

    release = threading.Event()
    locked = threading.Event()
    locker = threading.Thread(target=hold_conversations, args=(locked, release))
    locker.start()
    try:
        await asyncio.to_thread(locked.wait, 10)
        answer = asyncio.create_task(viewer.client.rpc("chat.send", {**say, "text": "two", "key": "k2"}))
        await until(lambda: rpcs_of(server) == 2)
        server.signal(signal.SIGTERM)
        await until(lambda: status_of(live_stack, "/readyz") == 503, secs=4)
        assert status_of(live_stack, "/healthz") == 200
        assert not answer.done()
    finally:
        release.set()
        await asyncio.to_thread(locker.join)
    assert (await answer).data["message"]["text"] == "two"
    await until(lambda: viewer.ends)
    assert viewer.ends[0][1] == 3001
    await until(lambda: not server.is_running, secs=20)
    assert server._popen is not None
    assert server._popen.returncode == 0
    assert await database(Message.objects.filter(text="two").count) == 1
    await leave(viewer.client)
    assert "Traceback" not in server.last_words()


def hold_conversations(locked: threading.Event, release: threading.Event) -> None:
    """Keep every message from being committed."""
    with transaction.atomic():
        list(Conversation.objects.select_for_update())
        locked.set()
        release.wait(10)
    connection.close()


def test_nobody_is_kept_waiting_by_a_server_without_viewers(live_stack: Stack) -> None:
    live_stack.start()
    server = live_stack.web[0]
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 15
    assert server._popen is not None
    assert server._popen.returncode == 0
