"""The servers that are compared, and how one enters and speaks in a room of each."""

from __future__ import annotations

from typing import NamedTuple

SOUK = "Souk"
NCHAN = "nchan"
SOCKETIO = "Socket.IO"
UVICORN = "stock Channels, uvicorn"
DAPHNE = "stock Channels, daphne"
FLOOR = "floor: one send() a delivery"
OSCAR = "django-oscar"

SAID = '"text":"ts:%T hello from the live room, how much is the red one?","user":"viewer %I"'


class Room(NamedTuple):
    """Where one connects, what one sends then, what shows that one is in, and how one says something there."""

    path: str
    say: str
    opening: list[str] = []
    wait: str = ""


def souk_room(channel: str) -> Room:
    return Room(
        path="/connection/websocket",
        opening=[f'{{"id":1,"connect":{{}}}}\n{{"id":2,"subscribe":{{"channel":"{channel}"}}}}'],
        wait='{"id":2,"subscribe"',
        say=f'{{"id":%S,"publish":{{"channel":"{channel}","data":{{{SAID}}}}}}}',
    )


DURABLE = souk_room("bench:1")
EPHEMERAL = souk_room("passing:1")

ROOMS = {
    SOUK: DURABLE,
    NCHAN: Room(path="/ws", say=f"{{{SAID}}}"),
    SOCKETIO: Room(
        path="/socket.io/?EIO=4&transport=websocket", opening=["40"], wait='40{"sid"', say=f'42["say",{{{SAID}}}]'
    ),
    UVICORN: Room(path="/ws", say=f"{{{SAID}}}"),
    DAPHNE: Room(path="/ws", say=f"{{{SAID}}}"),
    FLOOR: Room(path="/ws", say=f"{{{SAID}}}"),
}
