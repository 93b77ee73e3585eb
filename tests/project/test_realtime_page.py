"""The page about realtime says what is so: its example runs, its numbers are those of the code."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from centrifuge import Client, SubscriptionEventHandler
from django.conf import settings

import project.realtime.layer  # noqa: F401  (it counts too)
from project import wiring
from project.kernel.counting import FAMILIES
from project.realtime import commands, connection, entering, router, topics
from project.realtime.engine import PING_SECS
from project.realtime.outbound import MOST_BYTES, SLOW_BYTES
from tests.project.realtime.conftest import Server, server  # noqa: F401
from tests.support.sdk import leave

PAGE = (settings.BASE_DIR / "docs/realtime.md").read_text(encoding="utf-8")
IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypedDict

from msgspec import Meta

from project.kernel.database import database
from project.kernel.events import Event
from project.realtime.outbox import publish_on_commit
from project.realtime.topics import Caller, Params, Topic, method


class BoardSnapshot(TypedDict):
    board: int
    notes: list[str]
"""


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example of the page in place of the shop's channels."""
    module = types.ModuleType("page_example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(IMPORTS + example, "docs/realtime.md", "exec"), module.__dict__)
    router.install([module.BoardTopic()])
    yield
    router.install(wiring.TOPICS)


@pytest.mark.django_db(transaction=True)
async def test_the_example_runs(server: Server) -> None:  # noqa: F811
    heard: list[Any] = []

    class Ear(SubscriptionEventHandler):
        async def on_subscribed(self, ctx: Any) -> None:
            heard.append(ctx.data)

        async def on_publication(self, ctx: Any) -> None:
            heard.append(ctx.pub.data)

    client = Client(server.url)
    await client.connect()
    subscription = client.new_subscription("board:7", Ear())
    await subscription.subscribe()
    await subscription.ready()
    await client.rpc("board.write", {"board": 7, "text": "milk"})
    history = await subscription.history(limit=10)
    await leave(client)
    assert [one.data["text"] for one in history.publications] == ["milk"]
    assert heard[0] == {"board": 7, "notes": []}
    assert [(one["type"], one["board"], one["text"]) for one in heard[1:]] == [("note.written", 7, "milk")]


def test_its_numbers_are_those_of_the_code() -> None:
    for words in (
        f"Every {PING_SECS} s it sends `{{}}`",
        f"beyond {SLOW_BYTES // 1024} KiB that a client has not taken",
        f"beyond {MOST_BYTES // 1024} KiB, or",
        f"| {connection.MOST_COMMANDS_AT_ONCE} at once, then `COMMANDS_PER_SEC` ({settings.COMMANDS_PER_SEC:g})",
        f"| subscriptions of a connection | {commands.MOST_SUBSCRIPTIONS} |",
        f"| recovery | {entering.MOST_RECOVERED} publications, {topics.Topic.history_secs} s |",
        f"`DRAIN_SECS` ({settings.DRAIN_SECS:g})",
    ):
        assert words in PAGE


def test_every_metric_and_command_has_a_row() -> None:
    rows = set(re.findall(r"^\| `(souk_\w+)", PAGE, re.MULTILINE))
    assert rows == {*FAMILIES, "souk_outbox_left_behind"}
    table = PAGE[PAGE.index("| command | what |") : PAGE.index("`user:<id>` is entered")]
    firsts = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert {word for first in firsts for word in re.findall(r"`(\w+)`", first)} == set(commands.HANDLERS)
