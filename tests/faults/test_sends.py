"""A web server is killed while a group talks: what was acknowledged is there once, and the rest can be sent again."""

from __future__ import annotations

import asyncio

import pytest
from centrifuge import Client
from django.db.models import Max

from chat.conversations.models import Group
from chat.conversations.services import create_group, join_group
from chat.messages.models import Message
from community.accounts.models import User
from project.kernel.database import database
from tests.support.factories import make_user
from tests.support.sdk import leave
from tests.support.sessions import token_of
from tests.support.stack import Stack

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, EACH = 200, 5
# So many have their answer when the server is killed.
ANSWERED = 300

# What somebody said: the author's id and the key.
Said = tuple[int, str]


def gathered() -> tuple[Group, list[User]]:
    people = [make_user() for _ in range(PEOPLE)]
    group = create_group(founder_id=people[0].pk, title="Tea")
    for person in people[1:]:
        join_group(user_id=person.pk, group_id=group.pk)
    return group, people


async def connected(stack: Stack, people: list[User]) -> list[Client]:
    tokens = await database(lambda: [token_of(person) for person in people])
    clients = [Client(stack.websocket_url, token=token) for token in tokens]
    await asyncio.gather(*[client.connect() for client in clients])
    await asyncio.gather(*[client.ready(timeout=60) for client in clients])
    return clients


def there(group: Group, since: int) -> dict[Said, int]:
    """The numbers of what people have said."""
    rows = Message.objects.filter(conversation=group.pk, seq__gt=since).order_by("seq")
    found = [((author_id, key), seq) for author_id, key, seq in rows.values_list("author_id", "key", "seq")]
    assert len(dict(found)) == len(found)
    return dict(found)


async def test_what_was_acknowledged_is_there_once_and_the_rest_can_be_sent_again(live_stack: Stack) -> None:
    group, people = await database(gathered)
    # What the group said by itself, of those who joined.
    lines = (await database(Message.objects.filter(conversation=group.pk).aggregate, last=Max("seq")))["last"] or 0
    stack = await asyncio.to_thread(live_stack.start)
    answered: dict[Said, int] = {}
    enough = asyncio.Event()

    async def say(client: Client, person: User, keys: list[str]) -> None:
        for key in keys:
            words = {"channel": f"group:{group.pk}", "text": f"{key} of {person.pk}", "key": key}
            answer = await client.rpc("chat.send", words, timeout=60)
            answered[person.pk, key] = answer.data["message"]["seq"]
            if len(answered) >= ANSWERED:
                enough.set()

    keys = [str(number) for number in range(EACH)]
    clients = await connected(stack, people)
    talking = [asyncio.create_task(say(*pair, keys)) for pair in zip(clients, people, strict=True)]
    await enough.wait()
    # In this very moment: what the others have under way is at any stage of the way.
    stack.web[0].kill()
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)
    await leave(*clients)

    before = dict(answered)
    assert ANSWERED <= len(before) < PEOPLE * EACH
    kept = await database(there, group, lines)
    assert {said: kept.get(said) for said in before} == before

    await asyncio.to_thread(stack.restart, stack.web[0])
    clients = await connected(stack, people)
    await asyncio.gather(
        *[
            say(client, person, [key for key in keys if (person.pk, key) not in before])
            for client, person in zip(clients, people, strict=True)
        ]
    )
    await leave(*clients)
    in_the_end = await database(there, group, lines)
    assert in_the_end == answered
    assert {said: in_the_end[said] for said in kept} == kept
    assert sorted(in_the_end.values()) == list(range(lines + 1, lines + 1 + PEOPLE * EACH))
