"""Columns of numbers, bit by bit: slice n of a column is an integer in which bit p says whether bit n of the number at
position p is set. All positions of a shop are compared, added and counted at once by a few operations on long integers.
A position without a number has the number 0.

Source: O'Neil and Quass, "Improved Query Performance with Variant Indexes" (SIGMOD 1997); Rinfret, O'Neil and O'Neil,
"Bit-Sliced Index Arithmetic" (SIGMOD 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import zip_longest
from operator import or_

Column = Sequence[int]


def present(column: Column) -> int:
    """The positions whose number is not 0."""
    return reduce(or_, column, 0)


def added(left: Column, right: Column) -> Column:
    """The sums, position by position."""
    sums, carry = [], 0
    for one, other in zip_longest(left, right, fillvalue=0):
        half = one ^ other
        sums.append(half ^ carry)
        carry = (one & other) | (half & carry)
    return [*sums, carry] if carry else sums


def compared(column: Column, number: int, among: int) -> tuple[int, int, int]:
    """Of these positions, those whose number is below `number`, equal to it, and above it."""
    if number >> len(column):
        return among, 0, 0
    below, equal, above = 0, among, 0
    for n in reversed(range(len(column))):
        ones = equal & column[n]
        if number >> n & 1:
            below |= equal ^ ones
            equal = ones
        else:
            above |= ones
            equal ^= ones
    return below, equal, above


def best(column: Column, among: int, count: int, *, lowest: bool = False) -> list[tuple[int, int]]:
    """(number, position) of the highest numbers, or the lowest; of equal numbers the last position comes first."""
    sure, alike, missing = 0, among, count
    for ones in reversed(column):
        better = alike & ones
        if lowest:
            better ^= alike
        many = better.bit_count()
        if many > missing:
            alike = better
        else:
            sure |= better
            alike ^= better
            missing -= many
    positions = last(sure, count - missing) + last(alike, missing)
    found = [(sum((ones >> position & 1) << n for n, ones in enumerate(column)), position) for position in positions]
    return sorted(found, key=lambda each: (each[0] if lowest else -each[0], -each[1]))


def last(bits: int, count: int) -> list[int]:
    """The last positions, the very last first."""
    found: list[int] = []
    while bits and len(found) < count:
        found.append(bits.bit_length() - 1)
        bits ^= 1 << found[-1]
    return found


def counted(column: Column, among: int) -> dict[int, int]:
    """How many of these positions have each number."""
    groups = {0: among} if among else {}
    for n, ones in enumerate(column):
        for number, group in list(groups.items()):
            if having := group & ones:
                groups[number | 1 << n] = having
                if having == group:
                    del groups[number]
                else:
                    groups[number] = group ^ having
    return {number: group.bit_count() for number, group in groups.items()}
