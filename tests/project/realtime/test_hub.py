"""One channel of one process: nothing that lasts is left out in silence."""

from __future__ import annotations

import asyncio

import pytest

from project.realtime import hub
from project.realtime.hub import Channel, Lines
from project.realtime.protocol.codecs import JSON
from project.realtime.store import Batch


class Viewer:
    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.lost: list[str] = []

    def write(self, lines: Lines) -> None:
        self.heard.append(lines.everything(JSON)[0])

    def lose_position(self, channel: str) -> None:
        self.lost.append(channel)


class Broken(Viewer):
    def write(self, lines: Lines) -> None:
        raise RuntimeError("the transport is gone")


class Stream:
    """What a channel reads when it misses something. A read takes until it is let go."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.reads = 0
        self._gate = asyncio.Event()

    def let_go(self) -> None:
        self._gate.set()
        self._gate = asyncio.Event()

    async def read_since(self, name: str, since: int) -> Batch:
        self.reads += 1
        found = Batch(since + 1, "e", self.payloads[since:])
        await self._gate.wait()
        return found


async def settled(channel: Channel) -> None:
    assert channel._task
    await channel._task


def entered(channel: Channel) -> Viewer:
    viewer = Viewer()
    channel.begin(viewer)
    channel.at(offset=0, epoch="e")
    channel.settle(viewer, top=0)
    return viewer


async def test_who_is_let_in_too_slowly_loses_its_position_and_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MOST_JOINING_ITEMS", 2)
    channel = Channel("room:7", Stream().read_since, history_size=20)
    slow = Viewer()
    channel.begin(slow)
    channel.at(offset=0, epoch="e")
    channel.receive(Batch(1, "e", [b"1", b"2"]))
    assert slow.lost == []
    channel.receive(Batch(3, "e", [b"3"]))
    assert slow.lost == ["room:7"]
    assert channel.empty


async def test_a_check_during_a_check_reads_once_more() -> None:
    stream = Stream()
    channel = Channel("room:7", stream.read_since, history_size=20)
    viewer = entered(channel)
    channel.check()
    await asyncio.sleep(0)
    # Published after the stream was read, and lost: the link broke once more.
    stream.payloads = [b"1"]
    channel.check()
    stream.let_go()
    async with asyncio.timeout(5):
        while stream.reads < 2:
            await asyncio.sleep(0)
    stream.let_go()
    await settled(channel)
    assert viewer.heard == [b'{"push":{"channel":"room:7","pub":{"data":1,"offset":1}}}']


async def test_a_gap_behind_a_gap_is_filled_too() -> None:
    stream = Stream()
    channel = Channel("room:7", stream.read_since, history_size=20)
    viewer = entered(channel)
    stream.payloads = [b"1", b"2"]
    channel.receive(Batch(2, "e", [b"2"]))
    await asyncio.sleep(0)
    stream.payloads = [b"1", b"2", b"3", b"4"]
    channel.receive(Batch(4, "e", [b"4"]))
    stream.let_go()
    async with asyncio.timeout(5):
        while stream.reads < 2:
            await asyncio.sleep(0)
    stream.let_go()
    await settled(channel)
    channel.receive(Batch(5, "e", [b"5"]))
    channel._flush()
    assert b"".join(viewer.heard).count(b'"offset"') == 5
    assert channel.offset == 5


async def test_a_viewer_that_cannot_be_written_to_hurts_nobody_else() -> None:
    channel = Channel("room:7", Stream().read_since, history_size=20)
    for viewer in (first := Viewer(), Broken(), last := Viewer()):
        channel.begin(viewer)
        channel.at(offset=0, epoch="e")
        channel.settle(viewer, top=0)
    channel.receive(Batch(1, "e", [b"1"]))
    channel._flush()
    assert len(first.heard) == len(last.heard) == 1


async def test_no_frame_grows_beyond_what_clients_take() -> None:
    channel = Channel("room:7", Stream().read_since, history_size=20)
    viewer = entered(channel)
    payload = b'"' + b"x" * 50_000 + b'"'
    channel.receive(Batch(1, "e", [payload] * 100))
    async with asyncio.timeout(5):
        while sum(heard.count(b'"offset"') for heard in viewer.heard) < 100:
            await asyncio.sleep(0.001)
    assert max(map(len, viewer.heard)) < hub.MOST_COALESCED_BYTES + 51_000
