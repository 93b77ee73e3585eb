"""Opening the app: the list of somebody who is in hundreds of conversations."""

from __future__ import annotations

from functools import cache

from django.db import transaction

from tests.bench.figures import Figures
from tests.bench.http import request
from tests.bench.rooms import SOUK
from tests.bench.servers import House, serving
from tests.bench.shop import ask_and_note

GROUPS, DIRECT_CHATS = 450, 50
CONVERSATIONS = GROUPS + DIRECT_CHATS
SECS = 5.0

TABLE = "opening the list of chats"
ROW = f"{CONVERSATIONS} conversations"


def measure(house: House, figures: Figures) -> None:
    """One round: one reader, who asks again when the answer is there."""
    session = a_busy_person()
    with serving(house, SOUK) as server:
        asked = [request("GET", "/api/conversations/", port=server.port, session=session)]
        ask_and_note(house, server, figures, TABLE, ROW, asked, secs=SECS, connections=1)


@cache
@transaction.atomic
def a_busy_person() -> str:
    """The session of somebody in so many conversations, in each of which something was said."""
    from chat.channels import posting
    from chat.conversations.services import accept_direct, create_group, join_group, open_direct
    from chat.messages.services import Draft, commit_messages
    from tests.support.factories import make_user
    from tests.support.sessions import log_in

    person = make_user(password=None)
    for number in range(GROUPS):
        founder = make_user(password=None)
        group = create_group(founder_id=founder.pk, title=f"Tea friends {number}")
        join_group(user_id=person.pk, group_id=group.pk)
        keeper, text = posting.room_of_group(group.pk).keeper, f"What is it about tea {number}?"
        commit_messages([Draft(f"group:{group.pk}", group.pk, founder.pk, None, text, "1", keeper)])
    for number in range(DIRECT_CHATS):
        other = make_user(password=None)
        direct = open_direct(opened_by=person.pk, user_id=other.pk)
        keeper, text = posting.room_of_direct(direct.pk).keeper, f"Hello, number {number}!"
        commit_messages([Draft(f"dm:{direct.pk}", direct.pk, person.pk, None, text, "1", keeper)])
        accept_direct(accepted_by=other.pk, direct_id=direct.pk)
    return log_in(person)
