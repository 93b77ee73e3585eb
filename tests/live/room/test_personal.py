from __future__ import annotations

import pytest

from live.room import personal
from live.room.cards import PersonalSnapshot
from project import wiring


def test_the_table_of_parts_is_the_snapshot() -> None:
    assert set(wiring.PERSONAL) == set(PersonalSnapshot.__annotations__)
    parts = dict(wiring.PERSONAL)
    del parts["people"]
    with pytest.raises(TypeError, match="people"):
        personal.install(parts)
    assert personal._parts == wiring.PERSONAL
