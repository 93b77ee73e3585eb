"""The list of members of a group of 100,000: its first page, one in the middle, and who is looked for by name."""

from __future__ import annotations

from functools import cache

from tests.bench.figures import Figures
from tests.bench.http import request
from tests.bench.rooms import SOUK
from tests.bench.servers import House, serving
from tests.bench.shop import ask_and_note

MEMBERS = 100_000
SECS = 5.0

TABLE = "members of a group of 100,000"
FIRST, MIDDLE, MANY, FEW, NOBODY = (
    "first page",
    "a page in the middle",
    "a name that many have",
    "a name that one has",
    "a name that nobody has",
)


def measure(house: House, figures: Figures) -> None:
    """One round: one reader, who asks again when the answer is there."""
    session, path, middle = a_large_group()
    asked = {
        FIRST: "",
        MIDDLE: f"?cursor={middle}",
        MANY: "?name=resident%201",
        FEW: f"?name=resident%20{MEMBERS - 7}",
        NOBODY: "?name=nobody",
    }
    with serving(house, SOUK) as server:
        for row, query in asked.items():
            one = request("GET", f"{path}{query}", port=server.port, session=session)
            ask_and_note(house, server, figures, TABLE, row, [one], secs=SECS, connections=1)


@cache
def a_large_group() -> tuple[str, str, str]:
    """The session of a member, the path of the list, and the cursor of its middle."""
    from chat.conversations.models import Member
    from tests.bench.groups import make_group
    from tests.bench.shoppers import make_shoppers
    from tests.support.sessions import log_in

    people = make_shoppers(MEMBERS, name="resident")
    group_id = make_group(people)
    last = Member.objects.filter(conversation_id=group_id).order_by("role", "pk")[MEMBERS // 2]
    return log_in(people[1]), f"/api/groups/{group_id}/members/", f"{last.role}.{last.pk}"
