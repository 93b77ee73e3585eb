"""Several devices of one person at once, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from commerce.cart import services
from commerce.cart.models import Cart, CartLine, CartMerge
from commerce.catalog.models import Sku
from community.accounts.models import User
from project.kernel.errors import DomainError
from tests.support.factories import make_sku, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def shopper() -> User:
    return make_user()


@pytest.fixture
def sku() -> Sku:
    return make_sku()


def at_once(calls: Sequence[Callable[[], object]]) -> list[str]:
    """Run all calls together; "done" or the code of the refusal, in the order of `calls`."""
    together = Barrier(len(calls))

    def work(call: Callable[[], object]) -> str:
        try:
            connection.ensure_connection()
            together.wait()
            call()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(work, calls))


def state() -> tuple[int, list[tuple[int, int]]]:
    """(version, [(sku, quantity)])"""
    return Cart.objects.get().version, sorted(CartLine.objects.values_list("sku_id", "quantity"))


def test_two_devices_put_the_first_units_at_once(shopper: User, sku: Sku) -> None:
    puts = [lambda: services.put(shopper_id=shopper.pk, sku_id=sku.pk, quantity=2)] * 12
    assert at_once(puts) == ["done"] * 12
    assert state() == (12, [(sku.pk, 24)])


def test_the_limit_of_a_line_holds_in_a_race(shopper: User, sku: Sku) -> None:
    puts = [lambda: services.put(shopper_id=shopper.pk, sku_id=sku.pk, quantity=20)] * 8
    assert sorted(at_once(puts)) == ["done"] * 4 + ["too_many_units"] * 4
    assert state() == (4, [(sku.pk, 80)])


def test_one_merge_from_many_devices_merges_once(shopper: User, sku: Sku) -> None:
    asked = [(sku.pk, 3)]
    assert at_once([lambda: services.merge(shopper_id=shopper.pk, key="k", lines=asked)] * 10) == ["done"] * 10
    assert state() == (1, [(sku.pk, 3)])
    assert CartMerge.objects.count() == 1


def test_merges_of_two_guests_at_once_leave_the_larger(shopper: User, sku: Sku) -> None:
    other = make_sku()

    def merging(key: int) -> Callable[[], object]:
        lines = [(sku.pk, key), (other.pk, 11 - key)]
        return lambda: services.merge(shopper_id=shopper.pk, key=str(key), lines=lines[:: 1 if key % 2 else -1])

    assert at_once([merging(key) for key in range(1, 11)]) == ["done"] * 10
    assert state()[1] == [(sku.pk, 10), (other.pk, 10)]


def test_a_change_against_a_removal(shopper: User, sku: Sku) -> None:
    """Either the change comes first and its line goes, or it finds none: the line is gone in any case."""
    services.put(shopper_id=shopper.pk, sku_id=sku.pk, quantity=1)
    change, removal = at_once(
        [
            lambda: services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=5),
            lambda: services.remove(shopper_id=shopper.pk, sku_ids=[sku.pk]),
        ]
    )
    assert removal == "done"
    assert state() == ({"done": 3, "not_found": 2}[change], [])
