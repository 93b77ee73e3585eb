from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.clients import Connect, clients


@pytest.fixture
async def connect(valkey: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    """`await connect(user)`; without a user, a guest."""
    async with clients(monkeypatch) as connect:
        yield connect
