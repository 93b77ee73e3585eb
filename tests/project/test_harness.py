"""What the other tests rely on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest
from django.db import transaction

from project.kernel.database import database
from project.kernel.events import Event
from project.realtime.models import OutboxBatch
from project.realtime.outbox import publish_on_commit
from tests.support.announced import Announced
from tests.support.factories import make_user
from tests.support.valkey import PrivateValkey


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Event):
    type: ClassVar[str] = "bell.rung"
    times: int

    def channels(self) -> list[str]:
        return ["show:1"]


def test_each_test_has_an_empty_valkey(valkey: PrivateValkey) -> None:
    assert valkey.client.keys("souk:{*") == []
    assert valkey.client.get("left") is None
    valkey.client.set("left", "behind")


def test_another_test_has_an_empty_valkey(valkey: PrivateValkey) -> None:
    assert valkey.client.get("left") is None


@pytest.mark.django_db
def test_published_keeps_what_committed_in_order(published: Announced) -> None:
    first, second = BellRung(times=1), BellRung(times=2)
    publish_on_commit(first)
    publish_on_commit(second)
    assert published == [first, second]
    assert published.types == ["bell.rung", "bell.rung"]
    assert not OutboxBatch.objects.exists()


@pytest.mark.django_db
def test_published_leaves_out_what_was_rolled_back(published: Announced) -> None:
    with transaction.atomic():
        publish_on_commit(BellRung(times=1))
        transaction.set_rollback(True)
    assert published == []


@pytest.mark.django_db(transaction=True)
def test_published_sees_real_commits(published: Announced) -> None:
    with transaction.atomic():
        publish_on_commit(BellRung(times=3))
        assert published._events == []
    assert [event.wire()["times"] for event in published] == [3]


@pytest.mark.django_db(transaction=True)
async def test_threads_of_the_pool_see_committed_rows() -> None:
    user = await database(make_user)
    assert await database(type(user).objects.get, pk=user.pk) == user
