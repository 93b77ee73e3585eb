from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.search.bits import Column, added, best, compared, counted, last, present
from commerce.search.blocks import BLOCK, FEW, changed, column

Numbers = dict[int, int]
positions = st.integers(0, 40)
numbers = st.dictionaries(positions, st.one_of(st.integers(1, 9), st.integers(1, 2**63 - 1)), max_size=30)
places = st.one_of(st.integers(0, 9), st.integers(0, BLOCK - 1))
blocks = st.dictionaries(places, st.one_of(st.integers(0, 3), st.integers(0, 2**63 - 1)), max_size=FEW + 20)

# On a busy machine, too.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def column_of(numbers: Numbers) -> Column:
    length = max(numbers.values(), default=0).bit_length()
    return [sum((number >> n & 1) << position for position, number in numbers.items()) for n in range(length)]


def bits_of(positions: set[int]) -> int:
    return sum(1 << position for position in positions)


def read(column: Column) -> Numbers:
    everywhere = present(column)
    return {position: number for number, position in best(column, everywhere, everywhere.bit_count())}


@patiently
@given(numbers)
def test_a_column_gives_back_its_numbers(given: Numbers) -> None:
    assert read(column_of(given)) == given


@patiently
@given(numbers, numbers)
def test_columns_are_added_position_by_position(left: Numbers, right: Numbers) -> None:
    expected = {position: left.get(position, 0) + right.get(position, 0) for position in left.keys() | right.keys()}
    assert read(added(column_of(left), column_of(right))) == expected


@patiently
@given(numbers, st.sets(positions), st.one_of(st.integers(0, 10), st.integers(0, 2**64)))
def test_positions_part_below_at_and_above_a_number(given: Numbers, among: set[int], number: int) -> None:
    below, equal, above = compared(column_of(given), number, bits_of(among))
    assert below == bits_of({position for position in among if given.get(position, 0) < number})
    assert equal == bits_of({position for position in among if given.get(position, 0) == number})
    assert above == bits_of({position for position in among if given.get(position, 0) > number})


@patiently
@given(numbers, st.sets(positions), st.integers(0, 12), st.booleans())
def test_the_best_are_those_that_sorting_finds(given: Numbers, among: set[int], count: int, lowest: bool) -> None:
    rows = [(given.get(position, 0), position) for position in among]
    rows.sort(key=lambda row: (row[0] if lowest else -row[0], -row[1]))
    assert best(column_of(given), bits_of(among), count, lowest=lowest) == rows[:count]


@patiently
@given(numbers, st.sets(positions))
def test_numbers_are_counted(given: Numbers, among: set[int]) -> None:
    counts: Numbers = {}
    for position in among:
        counts[given.get(position, 0)] = counts.get(given.get(position, 0), 0) + 1
    assert counted(column_of(given), bits_of(among)) == counts


@patiently
@given(st.sets(positions), st.integers(0, 12))
def test_the_last_come_first(among: set[int], count: int) -> None:
    assert last(bits_of(among), count) == sorted(among, reverse=True)[:count]


@patiently
@given(st.lists(blocks, max_size=5))
def test_a_block_holds_what_was_written_last(changes: list[Numbers]) -> None:
    stored, expected = b"", {}
    for change in changes:
        stored = changed(stored, change)
        expected = {place: number for place, number in {**expected, **change}.items() if number}
        assert read(column([stored])) == expected
        assert bool(stored) == bool(expected)


@patiently
@given(st.lists(blocks, max_size=3))
def test_blocks_stand_one_behind_the_other(given: list[Numbers]) -> None:
    expected = {at * BLOCK + place: number for at, each in enumerate(given) for place, number in each.items() if number}
    assert read(column(changed(b"", each) for each in given)) == expected


def test_a_few_small_numbers_take_three_bytes_each() -> None:
    assert len(changed(b"", dict.fromkeys(range(FEW), 255))) == 3 * FEW
    # A mask, and a slice for each bit that is set somewhere.
    assert len(changed(b"", dict.fromkeys(range(FEW + 1), 8))) == 8 + BLOCK // 8
