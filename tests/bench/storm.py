"""A reconnect storm: thousands come back at once, each with one frame, and each has missed a hundred events."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from websockets.sync.client import connect

from project.realtime.publisher import Push, publish
from tests.bench.figures import Figures
from tests.bench.load import Load
from tests.bench.rooms import DURABLE, SOUK, souk_room
from tests.bench.servers import House, Server, serving
from tests.bench.statements import statements
from tests.bench.usage import Meter, until_quiet

CLIENTS, MISSED = 5000, 100

TABLE = "reconnect storm"
PLAIN = "a plain channel"
SHOW = "the room of a show"


def measure(house: House, figures: Figures) -> None:
    """One round on a new server: guests come back to a channel without a database behind it, and to a live show."""
    from tests.support.factories import make_show

    with serving(house, SOUK) as server:
        for row, channel in ((PLAIN, "bench:2"), (SHOW, f"show:{make_show().pk}")):
            _measure(house, server, figures, row, channel)
            until_quiet(server.pid)


def _measure(house: House, server: Server, figures: Figures, row: str, channel: str) -> None:
    position = _position(server, channel)
    publish([Push(channel, [_message(number)], []) for number in range(MISSED)])
    subscribe = json.dumps({"channel": channel, "recover": True, **position})
    room = souk_room(channel)._replace(opening=[f'{{"id":1,"connect":{{}}}}\n{{"id":2,"subscribe":{subscribe}}}'])
    commands, queries = _redis_commands(house), statements() if house.counts_statements else 0
    meter = Meter(web=server.pid, postgres=house.postgres_pid, valkey=house.valkey_pid)
    with Load(house.wsload, port=server.port, room=room, clients=CLIENTS, count='"recovered":true') as load:
        cost = meter.us_per(CLIENTS)
        came = load.connected
    if house.counts_statements:
        cost["queries"] = (statements() - queries) / CLIENTS
    figures.add(
        TABLE,
        row,
        per_sec=CLIENTS / came.secs,
        per_core=1e6 / cost["web_us"],
        **cost,
        recovered_percent=100 * min(came.counted / CLIENTS, came.deliveries / (CLIENTS * MISSED)),
        redis_commands=(_redis_commands(house) - commands) / CLIENTS,
        load_core_percent=100 * came.load_cpu_secs / came.secs,
    )


def _position(server: Server, channel: str) -> dict[str, Any]:
    """Where the stream of a channel stands, as a client hears it when it subscribes: epoch and offset."""
    frames = souk_room(channel).opening[0]
    with connect(f"ws://127.0.0.1:{server.port}{DURABLE.path}", compression=None) as client:
        client.send(frames)
        for reply in _replies(client):
            if reply.get("id") == 2:
                return {name: reply["subscribe"].get(name, 0) for name in ("epoch", "offset")}
    raise RuntimeError("the server closed before it answered")


def _replies(messages: Iterable[str | bytes]) -> Iterable[dict[str, Any]]:
    for message in messages:
        yield from map(json.loads, message.splitlines())


def _message(number: int) -> bytes:
    """As long as a chat message with its author."""
    author = {"id": number, "display_name": f"Viewer {number}", "avatar": None, "role": None}
    text = "ts:0 hello from the live room, how much is the red one?"
    message = {"id": number, "seq": number, "author": author, "text": text, "key": f"k{number}", "at": 1}
    return json.dumps({"type": "chat.sent", "at": 1, "message": message}, separators=(",", ":")).encode()


def _redis_commands(house: House) -> int:
    """How many Valkey has carried out, those of scripts too."""
    statistics: Any = house.valkey.info("commandstats")
    return sum(command["calls"] for command in statistics.values())
