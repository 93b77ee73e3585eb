"""Whatever happens between the stream and a client, and in whatever order: it hears all that lasts, once and in order,
or is told that its position is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project import wiring
from project.realtime import hub, router
from project.realtime.engine import Engine
from project.realtime.store import Batch
from tests.project.realtime.wires import Client, Process, Stream, YardTopic

CLIENTS, PROCESSES = 3, 2


class World:
    def __init__(self, topic: YardTopic) -> None:
        self.topic = topic
        self.stream = Stream()
        self.processes = [Process(self.stream) for _ in range(PROCESSES)]
        self.clients = [Client(self.stream) for _ in range(CLIENTS)]

    async def begin(self) -> None:
        for number, client in enumerate(self.clients):
            await client.connect(self.processes[number % PROCESSES])

    async def settle(self) -> None:
        """Until nobody has anything to do but wait for the plan."""
        for _ in range(12):
            await asyncio.sleep(0)
        for client in self.clients:
            client.listen()

    # What may happen. `a` and `b` choose to whom.

    async def publish(self, a: int, b: int) -> None:
        self._push(self.stream.append(1 + a % 2))

    async def whisper(self, a: int, b: int) -> None:
        self._push(Batch(None, "", [b'"whisper"']))

    def _push(self, batch: Batch) -> None:
        for process in self.processes:
            if process.listens:
                process.wire.append(batch)

    async def deliver(self, a: int, b: int) -> None:
        if wire := self._process(a).wire:
            self._process(a).deliver(wire.pop(0))

    async def deliver_out_of_turn(self, a: int, b: int) -> None:
        if wire := self._process(a).wire:
            self._process(a).deliver(wire.pop(b % len(wire)))

    async def deliver_twice(self, a: int, b: int) -> None:
        if wire := self._process(a).wire:
            self._process(a).deliver(wire[b % len(wire)])

    async def drop(self, a: int, b: int) -> None:
        if wire := self._process(a).wire:
            wire.pop(b % len(wire))

    async def begin_anew(self, a: int, b: int) -> None:
        self.stream.begin_anew()

    async def lapse(self, a: int, b: int) -> None:
        self.stream.lapse()

    async def read(self, a: int, b: int) -> None:
        if reads := self._process(a).reads:
            reads[b % len(reads)].execute()

    async def answer(self, a: int, b: int) -> None:
        if reads := self._process(a).reads:
            reads.pop(b % len(reads)).arrive()

    async def fail(self, a: int, b: int) -> None:
        if reads := self._process(a).reads:
            reads.pop(b % len(reads)).fail()

    async def open_door(self, a: int, b: int) -> None:
        if self.topic.waiting:
            self.topic.waiting.pop(a % len(self.topic.waiting)).set_result(None)

    async def enter(self, a: int, b: int) -> None:
        client = self._client(a)
        if client.idle and not client.subscribed:
            client.subscribe(client.position)

    async def enter_afresh(self, a: int, b: int) -> None:
        client = self._client(a)
        if client.idle and not client.subscribed:
            client.subscribe(None)

    async def come_back_from_long_ago(self, a: int, b: int) -> None:
        client = self._client(a)
        if client.idle and not client.subscribed and client.past:
            client.subscribe(client.past[b % len(client.past)])

    async def leave(self, a: int, b: int) -> None:
        client = self._client(a)
        if client.idle and client.subscribed:
            client.unsubscribe()

    async def move(self, a: int, b: int) -> None:
        client = self._client(a)
        if client.idle:
            await client.connect(self._process(b))

    async def flush(self, a: int, b: int) -> None:
        self._process(a).flush()

    async def compare(self, a: int, b: int) -> None:
        self._process(a).compare()

    def _process(self, number: int) -> Process:
        return self.processes[number % PROCESSES]

    def _client(self, number: int) -> Client:
        return self.clients[number % CLIENTS]

    # The end

    async def calm_down(self) -> None:
        """Everything arrives, in order; positions are compared; who was told to comes back."""
        for _ in range(60):
            for process in self.processes:
                for batch in process.wire:
                    process.deliver(batch)
                process.wire.clear()
                for read in process.reads:
                    read.arrive()
                process.reads.clear()
                process.flush()
                process.compare()
            for door in self.topic.waiting:
                door.set_result(None)
            self.topic.waiting.clear()
            await self.settle()
            for client in self.clients:
                if client.idle and not client.subscribed:
                    client.subscribe(client.position)
            await self.settle()
            if self._is_calm():
                return
        raise AssertionError("they never come to rest")

    def _is_calm(self) -> bool:
        at_rest = all(client.idle and client.subscribed for client in self.clients)
        here = self.stream.epoch, self.stream.top
        return at_rest and all(client.position == here for client in self.clients)

    async def end(self) -> None:
        for client in self.clients:
            if client.connection:
                await client.connection.gone()
        for process in self.processes:
            assert process.channels == {}
            assert process.connections == set()


OFTEN: list[Callable[..., Any]] = [World.publish, World.deliver, World.answer, World.open_door, World.enter]
SELDOM: list[Callable[..., Any]] = [
    *(World.whisper, World.deliver_out_of_turn, World.deliver_twice, World.drop, World.begin_anew, World.lapse),
    *(World.read, World.fail, World.enter_afresh, World.come_back_from_long_ago, World.leave, World.move),
    *(World.flush, World.compare),
]
steps = st.tuples(st.sampled_from([*OFTEN, *OFTEN, *SELDOM]), st.integers(0, 5), st.integers(0, 9))
plans = st.lists(steps, min_size=10, max_size=80)


@pytest.fixture
def yard(monkeypatch: pytest.MonkeyPatch) -> Iterator[YardTopic]:
    # What is flushed, and when, is part of the plan.
    monkeypatch.setattr(hub, "MOST_WINDOW_SECS", 3600.0)
    monkeypatch.setattr(hub, "WINDOW_PER_FLUSH_COST", 1e15)
    topic = YardTopic()
    router.install([topic])
    yield topic
    router.install(wiring.TOPICS)


async def carry_out(topic: YardTopic, plan: list[tuple[Callable[..., Any], int, int]]) -> None:
    topic.waiting.clear()
    world = World(topic)
    await world.begin()
    try:
        for step, a, b in plan:
            await step(world, a, b)
            await world.settle()
        await world.calm_down()
        await world.end()
    finally:
        Engine._of_loop.pop(asyncio.get_running_loop(), None)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans)
async def test_everything_that_lasts_is_heard_once_and_in_order(yard: YardTopic, plan: Any) -> None:
    await carry_out(yard, plan)
