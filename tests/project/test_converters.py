"""Ids in addresses: the largest that there can be is asked for, what is larger is that of no row."""

from __future__ import annotations

import pytest

from project.converters import Id
from project.kernel.ids import MOST_ID


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0", 0),
        ("7", 7),
        ("007", 7),
        (str(MOST_ID), MOST_ID),
        (str(MOST_ID + 1), 0),
        ("9" * 19, 0),
        ("1" + "0" * 19, 0),
        ("9" * 100_000, 0),
    ],
)
def test_what_is_larger_than_any_id_is_no_rows(written: str, read: int) -> None:
    assert Id().to_python(written) == read
