"""Groups: what a message costs while as many are online, however many belong to the group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import chat
from tests.bench.crowd import Crowd
from tests.bench.fan_out import RATE, SECS, VIEWERS
from tests.bench.usage import until_quiet

if TYPE_CHECKING:
    from community.accounts.models import User

SIZES = (1_000, 10_000, 100_000)
WARM_UP_SECS = 1.0

TABLE, ENTERING = "a message in a group, 1,000 online", "entering a group"


def row_of(members: int) -> str:
    return f"{members:,} members"


def make_groups(shoppers: list[User]) -> dict[int, str]:
    """The channel by the number of members; the shoppers are the first of each."""
    from tests.bench.shoppers import make_shoppers

    everybody = shoppers + make_shoppers(max(SIZES) - len(shoppers), name="absent")
    return {members: f"group:{make_group(everybody[:members])}" for members in SIZES}


def make_group(people: list[User]) -> int:
    """All at once: one by one would say so a hundred thousand times. Answers the group's id."""
    from django.conf import settings

    from chat.conversations.models import Group, Member
    from chat.conversations.services import create_group
    from project.kernel.clock import now

    owner, *others = people
    group = create_group(founder_id=owner.pk, title=f"{len(people)} friends of tea")
    capacity = settings.GROUP_CAPACITY_MOST
    Group.objects.filter(pk=group.pk).update(capacity=capacity, member_count=len(people))
    joined = (Member(conversation_id=group.pk, user=person, joined_at=now()) for person in others)
    Member.objects.bulk_create(joined, batch_size=5_000)
    return group.pk


def measure(crowd: Crowd, groups: dict[int, str]) -> None:
    """One round: the same people enter one group after the other, and talk."""
    for members, channel in groups.items():
        meter = crowd.meter()
        entered = crowd.load.ask(f'{{"id":%S,"subscribe":{{"channel":"{channel}"}}}}', clients=VIEWERS)
        assert entered.words == {"ok": VIEWERS}, entered
        crowd.figures.add(ENTERING, row_of(members), per_sec=VIEWERS / entered.secs, **meter.us_per(VIEWERS))
        crowd.load.publish(chat.say(channel), rate=RATE, secs=WARM_UP_SECS, senders=VIEWERS, viewers=VIEWERS)
        until_quiet(crowd.server.pid)
        meter = crowd.meter()
        said = crowd.load.publish(chat.say(channel), rate=RATE, secs=SECS, senders=VIEWERS, viewers=VIEWERS)
        crowd.figures.add(
            TABLE,
            row_of(members),
            **meter.us_per(said.deliveries),
            p50_ms=said.p50_ms,
            p99_ms=said.p99_ms,
            arrived_percent=100 * said.deliveries / (said.sent * VIEWERS),
            load_core_percent=100 * said.load_cpu_secs / max(SECS, said.secs),
        )
        left = crowd.load.ask(f'{{"id":%S,"unsubscribe":{{"channel":"{channel}"}}}}', clients=VIEWERS)
        assert left.words == {"ok": VIEWERS}, left
