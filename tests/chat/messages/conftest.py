from __future__ import annotations

import pytest

from chat.conversations.models import Conversation
from chat.conversations.services import open_conversation
from chat.messages import guards, rooms, services
from chat.messages.pace import Pace
from chat.messages.rooms import Room
from community.accounts.models import User
from project.kernel.errors import DomainError, NotFound


class Closed(DomainError):
    """What the room of these tests refuses with when it is closed."""

    code = "closed_in_tests"
    number = 1998


class Hall:
    """The owner of the channels `hall:1` and `hall:2`, as an app above would be."""

    def __init__(self) -> None:
        self.conversations = {n: open_conversation(kind=Conversation.Kind.SHOW) for n in (1, 2)}
        self.roles: dict[int, str] = {}
        self.closed = False

    def rule(self, number: int) -> Room:
        if number not in self.conversations:
            raise NotFound
        return Room(
            conversation_id=self.conversations[number].pk,
            roles=dict(self.roles),
            refusal=Closed if self.closed else None,
        )


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Hall:
    hall = Hall()
    monkeypatch.setattr(rooms, "_rules", {"hall": hall.rule})
    monkeypatch.setattr(guards, "_guards", [])
    monkeypatch.setattr(services, "_pace", Pace(burst=5, secs=3600))
    for channel in ("hall:1", "hall:2", "hall:3"):
        rooms.forget(channel)
    return hall


@pytest.fixture
def ann(hall: Hall) -> User:
    return User.objects.create_user("ann@souk.example", "pw", display_name="Ann")


@pytest.fixture
def bo(hall: Hall) -> User:
    return User.objects.create_user("bo@souk.example", "pw", display_name="Bo")
