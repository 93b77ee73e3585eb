"""How what was paid for a line falls to its units."""

from __future__ import annotations


def share_of(*, quantity: int, units_left: int, paid_left: int) -> int:
    """The part of `paid_left` (minor units) that `quantity` of `units_left` units may get back, rounded down.

    Taken one after the other, until no unit is left, the shares add up exactly to what was paid.
    Raises ValueError for more units than are left, or none.
    """
    if not 1 <= quantity <= units_left:
        raise ValueError(f"{quantity} of {units_left} units")
    return paid_left * quantity // units_left
