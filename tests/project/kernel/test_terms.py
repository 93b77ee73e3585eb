from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.search.spelling import distance, keys_of_known, keys_of_query, tolerance
from project.kernel.terms import folded, indexed_terms, last_word, query_terms

words = st.text("abc", min_size=1, max_size=12)


def test_chinese_is_indexed_by_characters_and_pairs() -> None:
    assert indexed_terms("青瓷杯") == {"青", "瓷", "杯", "青瓷", "瓷杯"}


def test_words_are_folded_and_lose_their_accents() -> None:
    assert indexed_terms("Café ＣＵＰ-2 straße") == {"cafe", "cup", "2", "strasse"}


def test_scripts_part_without_spaces() -> None:
    assert query_terms("iPhone15手机壳 盖 手机") == [
        ("iphone15", False),
        ("手机", False),
        ("机壳", False),
        ("盖", False),
    ]
    assert query_terms("Mug mug") == [("mug", True)]


def test_signs_alone_are_no_terms() -> None:
    assert query_terms("?! -- _ ~") == []


def test_the_word_being_typed_is_the_last() -> None:
    assert last_word("Celadon cu") == ("celadon ", "cu")
    assert last_word("青瓷cu") == ("青瓷", "cu")
    assert last_word("青瓷") == ("青瓷", "")


@given(st.text(max_size=40))
def test_what_is_indexed_is_found_by_its_own_text(text: str) -> None:
    assert {term for term, _ in query_terms(text)} <= indexed_terms(text)
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [("mug", "mug", 0), ("celadon", "celadn", 1), ("teapot", "taepot", 1), ("kettle", "mettel", 2), ("", "ab", 2)],
)
def test_a_swap_of_neighbours_is_one_mistake(left: str, right: str, apart: int) -> None:
    assert distance(left, right) == distance(right, left) == apart


@given(words, words)
def test_every_word_within_tolerance_shares_a_key(asked: str, known: str) -> None:
    if 0 < distance(asked, known) <= tolerance(asked):
        assert keys_of_query(asked) & keys_of_known(known)


def test_short_words_are_never_corrected() -> None:
    assert [tolerance(word) for word in ("cup", "cups", "teapots", "porcelain")] == [0, 1, 1, 2]
    assert keys_of_query("cup") == set()
