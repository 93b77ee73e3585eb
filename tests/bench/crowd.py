"""Thousands who are logged in, each on a socket of their own, and one server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.connections import TABLE as CONNECTIONS
from tests.bench.figures import Figures
from tests.bench.load import Answered, Load
from tests.bench.rooms import SOUK, Room
from tests.bench.servers import House, Server, serving
from tests.bench.usage import Meter, Usage, until_quiet

if TYPE_CHECKING:
    from community.accounts.models import User

SHOPPERS = 5000
# The token of each, and a room for each to write in: see chat.py.
LOGGED_IN = Room(
    path="/connection/websocket",
    opening=['{"id":1,"connect":{"token":"%K"}}'],
    wait='{"id":1,"connect"',
    say="",
)


@dataclass(frozen=True)
class Crowd:
    house: House
    server: Server
    load: Load
    figures: Figures

    def meter(self) -> Meter:
        return Meter(web=self.server.pid, postgres=self.house.postgres_pid, valkey=self.house.valkey_pid)

    def ask(
        self,
        table: str,
        row: str,
        request: str,
        *,
        rate: float = 0,
        clients: int | None = None,
        total: int | None = None,
    ) -> Answered:
        """Send requests, and note what came of them. Raises RuntimeError when one was not answered."""
        meter = self.meter()
        answered = self.load.ask(request, rate=rate, clients=clients, total=total)
        if answered.answers < answered.asked or answered.closed:
            raise RuntimeError(f"{row}: {answered}")
        self.figures.add(
            table,
            row,
            per_sec=answered.answers / answered.secs,
            **meter.us_per(answered.answers),
            p50_ms=answered.p50_ms,
            p99_ms=answered.p99_ms,
            load_core_percent=100 * answered.load_cpu_secs / answered.secs,
        )
        return answered


@contextmanager
def crowd(house: House, figures: Figures, shoppers: list[User], rooms: list[str]) -> Iterator[Crowd]:
    """A new server with everybody connected; `rooms` are dealt to them. Tokens last five minutes, and so may this."""
    from tests.bench.shoppers import write_tokens

    tokens: Path = write_tokens(shoppers, rooms, house.folder / "tokens")
    with serving(house, SOUK) as server:
        before, meter = Usage.of(server.pid), Meter(web=server.pid)
        with Load(house.wsload, port=server.port, room=LOGGED_IN, clients=len(shoppers), tokens=tokens) as load:
            until_quiet(server.pid)
            kb = (Usage.of(server.pid).resident_bytes - before.resident_bytes) / 1024 / len(shoppers)
            per_sec = len(shoppers) / load.connected.secs
            figures.add(CONNECTIONS, f"{SOUK}, logged in", per_sec=per_sec, **meter.us_per(len(shoppers)), kb=kb)
            yield Crowd(house, server, load, figures)
