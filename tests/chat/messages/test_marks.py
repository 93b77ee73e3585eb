"""Mentions stand where they stood, whatever the cleaning of the text took away before them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.messages.errors import MentionMisplaced
from chat.messages.marks import cleaned_with
from chat.messages.text import tidy_line, tidy_lines


def mention(user: int | None, start: int, length: int) -> Any:
    return {"user": user, "start": start, "length": length}


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, one: Any) -> str:
    raw = text.encode("utf-16-le")
    return raw[2 * one["start"] : 2 * (one["start"] + one["length"])].decode("utf-16-le")


@pytest.mark.parametrize(
    ("sent", "mentions", "text", "kept"),
    [
        ("@Ann hi", [mention(1, 0, 4)], "@Ann hi", [mention(1, 0, 4)]),
        ("  hi \n\n\n @Ann ", [mention(1, 9, 4)], "hi\n\n@Ann", [mention(1, 4, 4)]),
        ("😀 @安 和@所有人", [mention(1, 3, 2), mention(None, 7, 4)], "😀 @安 和@所有人", None),
        ("e\u0301 @Ann", [mention(1, 3, 4)], "é @Ann", [mention(1, 2, 4)]),
        ("@A\u202eb c", [mention(1, 0, 4)], "@Ab c", [mention(1, 0, 3)]),
        ("@Bo@Ann", [mention(2, 3, 4), mention(1, 0, 3)], "@Bo@Ann", [mention(1, 0, 3), mention(2, 3, 4)]),
    ],
)
def test_a_mention_moves_with_its_text(sent: str, mentions: Any, text: str, kept: Any) -> None:
    assert cleaned_with(sent, mentions, tidy_lines) == (text, tuple(mentions if kept is None else kept))


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("hi Ann", [mention(1, 3, 3)]),
        ("@Ann", [mention(1, 0, 5)]),
        ("@Ann", [mention(1, -1, 3)]),
        ("@Ann", [mention(1, 2**60, 3)]),
        ("@Ann", [mention(1, 0, -2)]),
        ("@Ann", [mention(1, 0, 1)]),
        ("@Ann", [mention(1, 0, 3), mention(2, 2, 2)]),
        ("@Ann", [mention(1, 0, 4), mention(2, 0, 4)]),
        ("@An\nn", [mention(1, 0, 5)]),
        ("@😀", [mention(1, 0, 2)]),
        ("@Ann hi", [mention(1, 0, 5)]),
        ("😀@Ann", [mention(1, 1, 5)]),
        ("\ufdd0@Ann", [mention(1, 1, 4)]),
        ("@Ann", [mention(0, 0, 4)]),
        ("@Ann", [mention(2**63, 0, 4)]),
    ],
)
def test_a_mention_that_stands_elsewhere_is_refused(text: str, mentions: Any) -> None:
    with pytest.raises(MentionMisplaced):
        cleaned_with(text, mentions, tidy_lines)


@given(st.lists(st.tuples(st.text(max_size=8), st.text("aé 安😀\u200b", max_size=4)), max_size=4))
def test_whatever_is_written_the_same_names_are_marked_and_the_text_is_the_same(pieces: list[tuple[str, str]]) -> None:
    text, mentions = "", []
    for before, name in pieces:
        text += before.replace("\ufdd0", "").replace("\ufdd1", "")
        mentions.append(mention(len(mentions) + 1, units(text), units(f"@x{name}".rstrip())))
        text += f"@x{name}".rstrip()
    kept, found = cleaned_with(text, mentions, tidy_line)
    assert [one["user"] for one in found] == [one["user"] for one in mentions]
    assert all(cut(kept, one).startswith("@x") for one in found)
    # The marks divide the text for its normalization alone.
    assert unicodedata.normalize("NFC", kept) == tidy_line(text)
