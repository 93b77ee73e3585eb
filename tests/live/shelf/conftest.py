from __future__ import annotations

import pytest

from live.shelf.models import ShelfItem
from live.shows.models import Show
from tests.support.factories import make_shelf_item, make_show


@pytest.fixture
def show(db: None) -> Show:
    return make_show()


@pytest.fixture
def items(show: Show) -> list[ShelfItem]:
    """Four items, numbered 1 to 4."""
    return [make_shelf_item(show=show) for _ in range(4)]
