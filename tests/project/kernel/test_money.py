import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.kernel.money import Money, decimals_of, in_major, split_by_largest_remainder

amounts = st.integers(min_value=0, max_value=10**12)


@given(amount=amounts, weights=st.lists(amounts, min_size=1, max_size=40))
def test_parts_add_up_and_are_fair(amount: int, weights: list[int]) -> None:
    parts = split_by_largest_remainder(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    whole = sum(weights)
    if whole:
        # Nobody gets a whole unit more or less than its exact share.
        assert all(abs(part * whole - amount * weight) < whole for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [1, 1], [1, 0]),
        (10, [0, 0], [10, 0]),
        (0, [], []),
        (5, [0, 7], [0, 5]),
    ],
)
def test_known_splits(amount: int, weights: list[int], parts: list[int]) -> None:
    assert split_by_largest_remainder(amount, weights) == parts


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [-1]), (1, [])])
def test_what_cannot_be_split_is_refused(amount: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="negative|nothing to split"):
        split_by_largest_remainder(amount, weights)


def test_currencies_do_not_mix() -> None:
    assert Money(1, "CNY") + Money(2, "CNY") == Money(3, "CNY")
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "CNY") + Money(2, "USD")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(3990, "CNY", "39.90"), (5, "USD", "0.05"), (1200, "JPY", "1200"), (12345, "KWD", "12.345"), (0, "KRW", "0")],
)
def test_an_amount_in_the_units_that_people_name(amount: int, currency: str, text: str) -> None:
    assert str(in_major(amount, currency)) == text
    assert int(in_major(amount, currency).scaleb(decimals_of(currency))) == amount
