from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from commerce.catalog.models import Category, Product, Sku
from commerce.inventory import selectors, services
from commerce.inventory.errors import NotReserved, OutOfStock
from commerce.inventory.models import Stock, StockMovement
from commerce.inventory.selectors import Discrepancy
from project.kernel.errors import DomainError, Invalid, KeyReused, NotFound
from tests.support.factories import make_sku


@pytest.fixture
def sku(db: None) -> Sku:
    category = Category.objects.create(slug="tea", name_zh="茶", name_en="Tea")
    product = Product.objects.create(category=category, title_zh="杯", title_en="Mug")
    return Sku.objects.create(product=product, code="mug", price=3900)


@pytest.fixture
def stocked(sku: Sku) -> Sku:
    services.receive(sku_id=sku.pk, quantity=10, reference="delivery:1")
    return sku


def books(sku: Sku) -> tuple[int, int]:
    """(on hand, reserved)"""
    return Stock.objects.values_list("on_hand", "reserved").get(sku=sku)


def movements(sku: Sku) -> list[tuple[str, int, str]]:
    return list(StockMovement.objects.filter(sku=sku).order_by("pk").values_list("kind", "quantity", "reference"))


def test_units_go_in_are_promised_and_leave(stocked: Sku) -> None:
    services.reserve(sku_id=stocked.pk, quantity=4, reference="sale:1")
    assert books(stocked) == (10, 4)
    services.sell(sku_id=stocked.pk, quantity=3, reference="order:1")
    assert books(stocked) == (7, 1)
    services.release(sku_id=stocked.pk, quantity=1, reference="sale:1")
    assert books(stocked) == (7, 0)
    services.write_off(sku_id=stocked.pk, quantity=2, reference="count:1")
    assert books(stocked) == (5, 0)
    assert movements(stocked) == [
        ("receive", 10, "delivery:1"),
        ("reserve", 4, "sale:1"),
        ("sell", 3, "order:1"),
        ("release", 1, "sale:1"),
        ("write_off", 2, "count:1"),
    ]
    assert selectors.discrepancies() == []
    assert selectors.available([stocked.pk, stocked.pk + 1]) == {stocked.pk: 5}


def test_the_same_reference_again_changes_nothing(stocked: Sku) -> None:
    first = services.reserve(sku_id=stocked.pk, quantity=10, reference="sale:1")
    assert services.reserve(sku_id=stocked.pk, quantity=10, reference="sale:1") == first
    assert books(stocked) == (10, 10)
    assert movements(stocked) == [("receive", 10, "delivery:1"), ("reserve", 10, "sale:1")]


def test_the_same_reference_for_another_quantity_is_refused(stocked: Sku) -> None:
    services.reserve(sku_id=stocked.pk, quantity=4, reference="sale:1")
    with pytest.raises(KeyReused):
        services.reserve(sku_id=stocked.pk, quantity=5, reference="sale:1")
    assert books(stocked) == (10, 4)


def test_a_reservation_can_be_released_in_parts(stocked: Sku) -> None:
    services.reserve(sku_id=stocked.pk, quantity=6, reference="sale:1")
    services.release(sku_id=stocked.pk, quantity=2, reference="sale:1:a")
    services.release(sku_id=stocked.pk, quantity=4, reference="sale:1:b")
    assert books(stocked) == (10, 0)


def test_no_more_is_reserved_than_is_free(stocked: Sku) -> None:
    services.reserve(sku_id=stocked.pk, quantity=8, reference="sale:1")
    with pytest.raises(OutOfStock) as refusal:
        services.reserve(sku_id=stocked.pk, quantity=3, reference="sale:2")
    assert refusal.value.detail == {"sku": stocked.pk, "available": 2}
    assert books(stocked) == (10, 8)
    assert movements(stocked) == [("receive", 10, "delivery:1"), ("reserve", 8, "sale:1")]


def test_a_refused_reference_can_be_used_once_there_are_units(stocked: Sku) -> None:
    with pytest.raises(OutOfStock):
        services.reserve(sku_id=stocked.pk, quantity=11, reference="sale:1")
    services.receive(sku_id=stocked.pk, quantity=1, reference="delivery:2")
    services.reserve(sku_id=stocked.pk, quantity=11, reference="sale:1")
    assert books(stocked) == (11, 11)


@pytest.mark.parametrize("move", [services.release, services.sell])
def test_only_what_is_reserved_is_released_or_sold(stocked: Sku, move: Callable[..., StockMovement]) -> None:
    services.reserve(sku_id=stocked.pk, quantity=2, reference="sale:1")
    with pytest.raises(NotReserved) as refusal:
        move(sku_id=stocked.pk, quantity=3, reference="order:1")
    assert refusal.value.detail == {"sku": stocked.pk, "reserved": 2}
    assert books(stocked) == (10, 2)
    assert len(movements(stocked)) == 2


@pytest.fixture
def three(db: None) -> list[int]:
    """SKU ids, five units of each."""
    return [make_sku(stock=5).pk for _ in range(3)]


def promised() -> list[int]:
    return list(Stock.objects.order_by("pk").values_list("reserved", flat=True))


def test_units_of_several_skus_are_promised_together_once(three: list[int]) -> None:
    units = [(three[2], 3), (three[0], 1), (three[1], 2)]
    for _ in range(2):
        services.reserve_all(units=units, reference="order:1")
        assert promised() == [1, 2, 3]
    services.reserve_all(units=[], reference="order:2")
    assert promised() == [1, 2, 3]
    assert selectors.discrepancies() == []
    services.reserve(sku_id=three[1], quantity=1, reference="order:3")
    # What is promised under the reference already stays so, and the rest is added.
    services.reserve_all(units=[(three[0], 1), (three[1], 1)], reference="order:3")
    assert promised() == [2, 3, 3]
    assert selectors.discrepancies() == []


@pytest.mark.parametrize(
    ("quantity", "error", "detail"),
    [(6, OutOfStock, {"available": 5}), (0, Invalid, None), (1, KeyReused, None)],
)
def test_units_of_several_skus_are_refused_together(
    three: list[int], quantity: int, error: type[DomainError], detail: dict[str, int] | None
) -> None:
    if error is KeyReused:
        services.reserve(sku_id=three[1], quantity=2, reference="order:1")
    before = promised(), StockMovement.objects.count()
    with pytest.raises(error) as refusal, transaction.atomic():
        services.reserve_all(units=[(three[0], 1), (three[1], quantity), (three[2], 6)], reference="order:1")
    assert (promised(), StockMovement.objects.count()) == before
    if detail:
        assert refusal.value.detail == {"sku": three[1], **detail}


def test_promised_units_are_not_written_off(stocked: Sku) -> None:
    services.reserve(sku_id=stocked.pk, quantity=9, reference="sale:1")
    with pytest.raises(OutOfStock):
        services.write_off(sku_id=stocked.pk, quantity=2, reference="count:1")
    assert books(stocked) == (10, 9)


@pytest.mark.parametrize(
    ("move", "error"),
    [
        (services.receive, NotFound),
        (services.reserve, OutOfStock),
        (services.release, NotReserved),
        (services.sell, NotReserved),
        (services.write_off, OutOfStock),
    ],
)
def test_an_unknown_sku_moves_nothing(db: None, move: Callable[..., StockMovement], error: type[DomainError]) -> None:
    with pytest.raises(error):
        move(sku_id=1, quantity=1, reference="r")
    assert not StockMovement.objects.exists()
    assert not Stock.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1])
@pytest.mark.parametrize(
    "move", [services.receive, services.reserve, services.release, services.sell, services.write_off]
)
def test_nothing_moves_by_less_than_one(stocked: Sku, move: Callable[..., StockMovement], quantity: int) -> None:
    with pytest.raises(Invalid):
        move(sku_id=stocked.pk, quantity=quantity, reference="r")
    assert books(stocked) == (10, 0)
    assert len(movements(stocked)) == 1


def test_books_that_do_not_add_up_are_found(stocked: Sku) -> None:
    services.reserve(sku_id=stocked.pk, quantity=2, reference="sale:1")
    Stock.objects.filter(sku=stocked).update(on_hand=9, reserved=3)
    assert selectors.discrepancies() == [
        Discrepancy(sku_id=stocked.pk, on_hand=9, expected_on_hand=10, reserved=3, expected_reserved=2)
    ]


def test_movements_without_a_stock_row_are_found(sku: Sku) -> None:
    StockMovement.objects.create(sku=sku, kind="receive", quantity=3, reference="r")
    assert selectors.discrepancies() == [
        Discrepancy(sku_id=sku.pk, on_hand=0, expected_on_hand=3, reserved=0, expected_reserved=0)
    ]
