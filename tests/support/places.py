"""Requests that wait for others give their place to the next."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from commerce.payments.port import ProviderUnavailable
from project.kernel.places import working


def gives_its_place(call: Callable[[], object]) -> bool:
    """Whether a request that makes this call, answered or not, lets others be answered meanwhile."""
    given: list[bool] = []
    with working(give_place_back=lambda: given.append(True)), suppress(ProviderUnavailable):
        call()
    return bool(given)
