"""A drop as a client keeps it: a snapshot, and what the events make of it, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from commerce.promotions import services
from commerce.promotions.models import CouponDrop
from commerce.promotions.selectors import claimed, drop_of
from commerce.promotions.services import DropRequest
from community.accounts.models import User
from project.kernel.clock import now
from tests.support.announced import Announced
from tests.support.factories import make_host, make_user
from tests.support.promoting import make_coupon

pytestmark = pytest.mark.django_db

Step = Callable[[], object]

ABOUT_A_DROP = {"drop.scheduled", "drop.opened", "drop.counted", "drop.closed"}
ABOUT_A_GRANT = {"coupon.granted"}


def fresh(drop: CouponDrop, person: User) -> dict[str, Any]:
    name = drop.pk, person.pk
    return deepcopy({"drop": drop_of(drop.pk), "mine": claimed([name]).get(name)})


def replay(snapshot: dict[str, Any], events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What a client makes of the events of `drop:<id>` and of its own channel."""
    kept = deepcopy(snapshot)
    for event in events:
        match event["type"]:
            case "drop.scheduled" | "drop.opened" | "drop.closed":
                if event["drop"]["version"] >= kept["drop"]["version"]:
                    kept["drop"] = event["drop"]
            case "drop.counted":
                if event["version"] >= kept["drop"]["version"]:
                    kept["drop"] = {**kept["drop"], "version": event["version"], "given": event["given"]}
            case "coupon.granted":
                if event["drop"] == kept["drop"]["id"]:
                    kept["mine"] = {"grant": event["grant"], "position": event["position"]}
            case unknown:
                raise AssertionError(f"no client knows {unknown}")
    return kept


class Story:
    """A drop that somebody gets something of, from its announcement to its end."""

    def __init__(self, *, gone: bool) -> None:
        self.person, self.gone = make_user(), gone
        self.drop = services.schedule_drop(
            channel="group:3",
            launched_by=make_host().pk,
            coupon=make_coupon(way="drop").pk,
            quantity=4,
            countdown_secs=10,
            duration_secs=60,
            key="k",
        )

    def heard(self, published: Announced) -> list[dict[str, Any]]:
        mine = (f"drop:{self.drop.pk}", f"user:{self.person.pk}")
        return [event.wire() for event in published if set(mine) & set(event.channels())]

    def steps(self) -> Iterator[tuple[str, Step]]:
        yield "it opens", self._open
        yield "others claim", lambda: self._claim(make_user(), make_user())
        yield "this one claims", lambda: self._claim(self.person)
        if self.gone:
            yield "the last one goes", lambda: self._claim(make_user(), make_user())
        else:
            yield "it is stopped", lambda: services.stop_drop(drop_id=self.drop.pk)

    def _open(self) -> None:
        CouponDrop.objects.update(starts_at=now() - timedelta(seconds=1))
        services.open_due_drops()
        # The row of a test that is opened early has another start than was announced.
        self.drop.refresh_from_db()

    def _claim(self, *people: User) -> None:
        with transaction.atomic():
            services.claim_coupons([DropRequest(drop_id=self.drop.pk, user_id=one.pk, key="k") for one in people])


@pytest.mark.parametrize("gone", [True, False])
def test_every_step_can_be_replayed(gone: bool, published: Announced) -> None:
    story = Story(gone=gone)
    types = {event["type"] for event in story.heard(published)}
    for name, step in story.steps():
        before = fresh(story.drop, story.person)
        published.clear()
        step()
        events, after = story.heard(published), fresh(story.drop, story.person)
        assert events, name
        assert replay(before, events) == after, name
        # A snapshot taken between COMMIT and publish has it already: the event changes nothing then.
        assert replay(after, events) == after, name
        types |= {event["type"] for event in events}
    assert types == ABOUT_A_DROP | ABOUT_A_GRANT


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("gone", [True, False])
def test_events_may_come_in_any_order_to_a_snapshot_of_any_moment(gone: bool, seed: int, published: Announced) -> None:
    story = Story(gone=gone)
    moments = [fresh(story.drop, story.person)]
    for _, step in story.steps():
        step()
        moments.append(fresh(story.drop, story.person))
    events = story.heard(published)
    Random(seed).shuffle(events)
    for moment in moments:
        assert replay(moment, events) == moments[-1]
