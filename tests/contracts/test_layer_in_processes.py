"""The channel layer where it is used: consumers in servers, sync code, Celery's tasks, workers, many event loops."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from asgiref.sync import async_to_sync
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import channel_layers, get_channel_layer
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from project.realtime.layer import ChannelLayer
from tests.contracts.conftest import MakeLayer
from tests.contracts.jobs import announce, tell
from tests.support.ports import free_port
from tests.support.stack import Process
from tests.support.valkey import PrivateValkey

pytestmark = pytest.mark.once

SECS = 30
KINDS = ["async-text", "async-json", "sync-text", "sync-json"]


class Programs:
    """Processes of a test, in its environment."""

    def __init__(self, folder: Path, valkey: PrivateValkey) -> None:
        self._folder = folder
        self._environment = {
            "DJANGO_SETTINGS_MODULE": "project.settings.test",
            "DATA_DIR": str(settings.DATA_DIR),
            "REDIS_URL": valkey.url,
            "CELERY_BROKER_URL": valkey.broker_url,
            "PYTHONUNBUFFERED": "1",
        }
        self.running: list[Process] = []

    def start(self, name: str, *argv: str) -> Process:
        log = self._folder / f"{name}-{len(self.running)}.log"
        process = Process(name, [sys.executable, *argv], log=log, environment=self._environment)
        self.running.append(process)
        return process

    async def serve(self, server: str) -> str:
        """Start `uvicorn` or `daphne`; answers its address once it is there."""
        port = free_port()
        where = "127.0.0.1"
        options = {
            "uvicorn": ["--host", where, "--port", str(port), "tests.contracts.application:application"],
            "daphne": ["-b", where, "-p", str(port), "tests.contracts.application:application"],
        }
        process = self.start(server, "-m", server, *options[server])
        async with asyncio.timeout(SECS):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection(where, port)
                    writer.close()
                    return f"ws://{where}:{port}"
                assert process.is_running, process.last_words()
                await asyncio.sleep(0.05)

    async def says(self, process: Process, words: str) -> None:
        async with asyncio.timeout(SECS):
            while words not in process.last_words():
                assert process.is_running, process.last_words()
                await asyncio.sleep(0.05)


@pytest.fixture
def programs(tmp_path: Path, valkey: PrivateValkey) -> Iterator[Programs]:
    programs = Programs(tmp_path, valkey)
    yield programs
    for process in programs.running:
        process.stop()


def text_of(frame: str | bytes) -> str:
    with contextlib.suppress(ValueError, TypeError):
        return str(json.loads(frame)["text"])
    return str(frame)


async def hear(socket: ClientConnection) -> str:
    async with asyncio.timeout(SECS):
        return text_of(await socket.recv())


async def say(socket: ClientConnection, kind: str, text: str) -> None:
    await socket.send(json.dumps({"text": text}) if "json" in kind else text)


async def group_is(valkey: PrivateValkey, subscriptions: int) -> None:
    name = b"souk:{layer:asgi:group:chat}"
    async with asyncio.timeout(SECS):
        while dict(valkey.client.pubsub_numsub(name))[name] != subscriptions:
            await asyncio.sleep(0.02)


async def test_consumers_of_every_kind_on_two_servers_talk(programs: Programs, valkey: PrivateValkey) -> None:
    servers = [await programs.serve("uvicorn"), await programs.serve("daphne")]
    async with contextlib.AsyncExitStack() as stack:
        sockets = [
            (kind, await stack.enter_async_context(connect(f"{server}/{kind}"))) for server in servers for kind in KINDS
        ]
        await group_is(valkey, 2)
        for number, (kind, socket) in enumerate(sockets):
            await say(socket, kind, f"message {number}")
            for _, each in sockets:
                assert await hear(each) == f"message {number}"
    await group_is(valkey, 0)


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
async def test_a_consumer_that_crashes_leaves_its_groups(
    programs: Programs, valkey: PrivateValkey, server: str
) -> None:
    url = await programs.serve(server)
    async with connect(f"{url}/async-text") as socket:
        await group_is(valkey, 1)
        await socket.send("crash")
        with pytest.raises(ConnectionClosed):
            await hear(socket)
    await group_is(valkey, 0)


@pytest.mark.parametrize("pool", ["solo", "prefork", "threads"])
async def test_a_celery_task_reaches_consumers(programs: Programs, layer: Any, pool: str) -> None:
    options = ["--pool", pool, "--concurrency", "2", "--without-gossip", "--without-mingle", "-l", "INFO"]
    worker = programs.start("worker", "-m", "celery", "-A", "project", "worker", "-I", "tests.contracts.jobs", *options)
    channel = await layer.new_channel()
    await layer.group_add("chat", channel)
    await programs.says(worker, " ready.")
    for number in range(20):
        await asyncio.to_thread(announce.delay, f"to all {number}")
        await asyncio.to_thread(tell.delay, channel, f"to one {number}")
    async with asyncio.timeout(SECS):
        heard = [(await layer.receive(channel))["text"] for _ in range(40)]
    assert sorted(heard) == sorted([f"to {who} {number}" for who in ("all", "one") for number in range(20)])


async def test_workers_share_the_work(programs: Programs, layer: Any) -> None:
    code = """
from tests.contracts.application import Thumbnails
from channels.layers import get_channel_layer
from channels.worker import Worker
Worker(Thumbnails({name!r}), channels=["thumbnails"], channel_layer=get_channel_layer()).run()
"""
    channel = await layer.new_channel()
    await layer.group_add("chat", channel)
    for name in ("first", "second"):
        programs.start(name, "-c", code.format(name=name))
    heard: list[list[str]] = []
    number = 0
    async with asyncio.timeout(SECS):
        while {who for who, _ in heard} != {"first", "second"} or number < 100:
            await layer.send("thumbnails", {"type": "thumbnails.make", "n": number})
            heard.append((await layer.receive(channel))["text"].split())
            number += 1
    assert sorted(int(which) for _, which in heard) == list(range(number))


async def test_sync_code_in_a_thread(layer: Any, valkey: PrivateValkey) -> None:
    """Each call has an event loop of its own: nothing of it stays."""
    channel = await layer.new_channel()
    received: list[Any] = []

    def work() -> None:
        async_to_sync(layer.group_add)("group", channel)
        for number in range(100):
            async_to_sync(layer.group_send)("group", {"n": number})
        async_to_sync(layer.group_discard)("group", channel)
        mine = async_to_sync(layer.new_channel)()
        async_to_sync(layer.send)(mine, {"n": 100})
        received.append(async_to_sync(layer.receive)(mine))

    await asyncio.to_thread(work)
    connections, threads = len(valkey.client.client_list()), threading.active_count()
    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start()
        await asyncio.to_thread(thread.join)
    assert [(await layer.receive(channel))["n"] for _ in range(400)] == list(range(100)) * 4
    assert received == [{"n": 100}] * 4
    assert len(valkey.client.client_list()) <= connections
    assert threading.active_count() <= threads


async def test_several_event_loops_at_once(layer: Any) -> None:
    channels = [await layer.new_channel() for _ in range(4)]
    heard: dict[str, list[int]] = {}

    async def listen(channel: str) -> None:
        await layer.group_add("group", channel)
        ready.wait()
        async with asyncio.timeout(SECS):
            heard[channel] = [(await layer.receive(channel))["n"] for _ in range(100)]

    ready = threading.Barrier(5)
    threads = [threading.Thread(target=asyncio.run, args=[listen(channel)]) for channel in channels]
    for thread in threads:
        thread.start()
    await asyncio.to_thread(ready.wait)
    for number in range(100):
        await layer.group_send("group", {"n": number})
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert heard == {channel: list(range(100)) for channel in channels}


def test_a_channel_outlives_the_event_loop_that_made_it(valkey: PrivateValkey) -> None:
    layer = ChannelLayer()
    first, second = async_to_sync(layer.new_channel)(), async_to_sync(layer.new_channel)()
    async_to_sync(layer.send)(first, {"n": 1})
    async_to_sync(layer.send)(second, {"n": 2})
    assert async_to_sync(layer.receive)(second) == {"n": 2}
    assert async_to_sync(layer.receive)(first) == {"n": 1}
    async_to_sync(layer.close)()


async def test_a_layer_that_nobody_has_any_more_hangs_up(valkey: PrivateValkey) -> None:
    before = len(valkey.client.client_list())
    layer = ChannelLayer()
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    assert len(valkey.client.client_list()) > before
    del layer, channel
    gc.collect()
    async with asyncio.timeout(SECS):
        while len(valkey.client.client_list()) > before:
            await asyncio.sleep(0.02)


async def test_a_layer_that_was_closed_is_used_again(make_layer: MakeLayer) -> None:
    layer = make_layer()
    await layer.new_channel()
    await layer.close()
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    await layer.group_send("group", {"n": 1})
    assert await layer.receive(channel) == {"n": 1}


class Stuck(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Takes its time with the first message."""

    groups = ["chat"]
    go_on: asyncio.Event

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.go_on.wait()
        await self.send(event["text"])


@pytest.fixture
async def stuck_server(valkey: PrivateValkey, settings: Any) -> AsyncIterator[str]:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "project.realtime.layer.ChannelLayer", "CONFIG": {"capacity": 5}}}
    Stuck.go_on = asyncio.Event()
    port = free_port()
    config = uvicorn.Config(Stuck.as_asgi(), port=port, log_level="critical", lifespan="off", ws="websockets-sansio")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(SECS):
        while not server.started:
            await asyncio.sleep(0.01)
    yield f"ws://127.0.0.1:{port}"
    Stuck.go_on.set()
    server.should_exit = True
    await task
    await channel_layers["default"].close()


async def test_a_consumer_that_overflows_ends_and_its_client_learns_of_it(stuck_server: str) -> None:
    async with connect(stuck_server) as client, connect(stuck_server) as other:
        layer = get_channel_layer()
        for number in range(20):
            await layer.group_send("chat", {"type": "chat.message", "text": str(number)})
        Stuck.go_on.set()
        for socket in (client, other):
            heard: list[str] = []
            with contextlib.suppress(ConnectionClosed):
                while True:
                    heard.append(await hear(socket))
            # Not a close that would keep the client away.
            assert socket.close_code in (1006, 1011)
            # One it was busy with, one it had taken, and as many as fit.
            assert heard == [str(number) for number in range(len(heard))]
            assert 5 <= len(heard) <= 7
    async with connect(stuck_server) as again:
        await layer.group_send("chat", {"type": "chat.message", "text": "here"})
        assert await hear(again) == "here"
