"""Layers as several processes would have them: each made layer is a process of its own to the others. And rows that all
tests of a module share.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from project.realtime import layer as layers
from tests.support.valkey import PrivateValkey

MakeLayer = Callable[..., Any]


@pytest.fixture
async def make_layer(valkey: Any) -> AsyncIterator[MakeLayer]:
    """`make_layer(capacity=3)` gives a layer that is closed at the end of the test."""
    made: list[Any] = []

    def make(**config: Any) -> Any:
        made.append(layers.ChannelLayer(**config))
        return made[-1]

    yield make
    for layer in made:
        await layer.close()


@pytest.fixture
def layer(make_layer: MakeLayer) -> Any:
    return make_layer()


@pytest.fixture(scope="module")
def made_once(django_db_setup: None, django_db_blocker: Any, valkey_server: PrivateValkey) -> Iterator[None]:
    """What a module's fixtures make after it is there for each of its tests, which are rolled back to there."""
    payable = override_settings(PAYMENT_PROVIDERS=["sandbox", "wallet"])
    with django_db_blocker.unblock(), payable, transaction.atomic():
        yield
        transaction.set_rollback(True)
