"""Layers as several processes would have them: each made layer is a process of its own to the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from project.realtime import layer as layers

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
