"""`chat.send`: through the socket, the rules of the room and the group commit into PostgreSQL; the answer comes after
COMMIT."""

from __future__ import annotations

from tests.bench.crowd import SHOPPERS, Crowd
from tests.bench.fan_out import FULL, RATE, SECS, VIEWERS
from tests.bench.rooms import SOUK
from tests.bench.usage import Meter

ROOMS = 50
STEADY_RATE, STEADY_SECS = 5000, 5
MOST_RATE, MOST_SECS = 8000, 3

TABLE = "chat.send"
FIRST = f"first message of each author, {STEADY_RATE:,} a second"
STEADY = f"known authors, {STEADY_RATE:,} a second"
MANY_ROOMS = f"known authors, {ROOMS} rooms, {STEADY_RATE:,} a second"
MOST = f"known authors, {MOST_RATE:,} a second"


def measure(crowd: Crowd, rooms: list[str]) -> None:
    """One round; nobody is in the rooms, but for the last part."""
    channel = rooms[0]
    for row, to, rate, total in (
        (FIRST, channel, STEADY_RATE, SHOPPERS),
        (STEADY, channel, STEADY_RATE, STEADY_RATE * STEADY_SECS),
        (MANY_ROOMS, "%R", STEADY_RATE, STEADY_RATE * STEADY_SECS),
        (MOST, channel, MOST_RATE, MOST_RATE * MOST_SECS),
    ):
        answered = crowd.ask(TABLE, row, say(to), rate=rate, total=total)
        assert answered.words == {"ok": total}, answered
    _in_a_full_room(crowd, channel)


def say(channel: str) -> str:
    text = '"text":"ts:%T hello from the live room, how much is the red one?"'
    return f'{{"id":%S,"rpc":{{"method":"chat.send","data":{{"channel":"{channel}",{text},"key":"%T-%I"}}}}}}'


def _in_a_full_room(crowd: Crowd, channel: str) -> None:
    """The whole way of a message: socket, group commit, PostgreSQL, outbox, Redis, everybody's socket."""
    entered = crowd.load.ask(f'{{"id":%S,"subscribe":{{"channel":"{channel}"}}}}', clients=VIEWERS)
    assert entered.words == {"ok": VIEWERS}, entered
    meter = Meter(web=crowd.server.pid, postgres=crowd.house.postgres_pid, valkey=crowd.house.valkey_pid)
    said = crowd.load.publish(say(channel), rate=RATE, secs=SECS, senders=VIEWERS, viewers=VIEWERS)
    crowd.figures.add(
        FULL,
        f"{SOUK}, chat.send through PostgreSQL",
        **meter.us_per(said.deliveries),
        p50_ms=said.p50_ms,
        p99_ms=said.p99_ms,
        arrived_percent=100 * said.deliveries / (said.sent * VIEWERS),
        load_core_percent=100 * said.load_cpu_secs / max(SECS, said.secs),
    )
    left = crowd.load.ask(f'{{"id":%S,"unsubscribe":{{"channel":"{channel}"}}}}', clients=VIEWERS)
    assert left.words == {"ok": VIEWERS}, left
