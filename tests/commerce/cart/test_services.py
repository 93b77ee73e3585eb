"""What changes a cart, by how much, and that a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from commerce.cart import services
from commerce.cart.errors import CartFull, SkuNotSellable, TooManyUnits
from commerce.cart.models import Cart, CartLine, CartMerge
from commerce.cart.selectors import cards_of
from commerce.catalog.models import Sku
from commerce.inventory.errors import OutOfStock
from community.accounts.models import User
from project.kernel.errors import DomainError, Invalid, KeyReused, NotFound
from tests.support.announced import Announced
from tests.support.factories import make_product, make_sku, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper() -> User:
    return make_user()


def put(shopper: User, sku: Sku, quantity: int = 1) -> None:
    services.put(shopper_id=shopper.pk, sku_id=sku.pk, quantity=quantity)


def lines(shopper: User) -> dict[int, int]:
    """Units by SKU id."""
    return dict(CartLine.objects.filter(cart_id=shopper.pk).values_list("sku_id", "quantity"))


def refused(call: Callable[[], object], error: type[DomainError]) -> DomainError:
    """The error of a call that left every cart as it was."""
    before = [list(model.objects.order_by("pk").values()) for model in (Cart, CartLine, CartMerge)]
    with pytest.raises(error) as refusal:
        call()
    assert [list(model.objects.order_by("pk").values()) for model in (Cart, CartLine, CartMerge)] == before
    return refusal.value


def test_units_are_added_to_those_that_are_there(shopper: User, published: Announced) -> None:
    first, second = make_sku(), make_sku()
    put(shopper, first, 2)
    put(shopper, second)
    put(shopper, first, 3)
    assert lines(shopper) == {first.pk: 5, second.pk: 1}
    assert [event["cart"] for event in published.wires(f"user:{shopper.pk}")] == [
        {"version": 1, "count": 1, "units": 2},
        {"version": 2, "count": 2, "units": 3},
        {"version": 3, "count": 2, "units": 6},
    ]
    assert published.types == ["cart.changed"] * 3
    assert cards_of([shopper.pk])[shopper.pk] == {"version": 3, "count": 2, "units": 6}


def test_a_line_keeps_the_price_that_was_last_seen(shopper: User) -> None:
    sku = make_sku(price=3900)
    put(shopper, sku)
    Sku.objects.update(price=2900)
    services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=2)
    assert CartLine.objects.values_list("price_seen", "currency_seen").get() == (3900, "CNY")
    put(shopper, sku)
    assert CartLine.objects.values_list("price_seen", "currency_seen").get() == (2900, "CNY")


def test_what_cannot_be_sold_is_not_put(shopper: User, published: Announced) -> None:
    unsellable, hidden = make_sku(sellable=False), make_sku(product=make_product(visible=False))
    for sku in (unsellable, hidden):
        assert refused(lambda sku=sku: put(shopper, sku), SkuNotSellable).detail == {"sku": sku.pk}  # type: ignore[misc]
    unknown = hidden.pk + 1
    error = refused(lambda: services.put(shopper_id=shopper.pk, sku_id=unknown, quantity=1), NotFound)
    assert error.detail == {"sku": unknown}
    assert published == []


def test_no_more_is_put_than_there_is(shopper: User, published: Announced) -> None:
    sku = make_sku(stock=3)
    put(shopper, sku, 2)
    published.clear()
    assert refused(lambda: put(shopper, sku, 2), OutOfStock).detail == {"sku": sku.pk, "available": 3}
    assert published == []


def test_a_line_has_at_most_99_units(shopper: User) -> None:
    sku = make_sku(stock=500)
    put(shopper, sku, 98)
    error = refused(lambda: put(shopper, sku, 2), TooManyUnits)
    assert error.detail == {"sku": sku.pk, "in_cart": 98, "most_units": 99}
    put(shopper, sku, 1)
    assert lines(shopper) == {sku.pk: 99}
    refused(lambda: services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=100), TooManyUnits)


def test_a_cart_has_at_most_120_lines(shopper: User) -> None:
    product = make_product()
    skus = [make_sku(product=product, stock=0) for _ in range(119)]
    Cart.objects.create(user=shopper)
    CartLine.objects.bulk_create(
        CartLine(cart_id=shopper.pk, sku=sku, quantity=1, price_seen=1, currency_seen="CNY", added_at=shopper.joined_at)
        for sku in skus
    )
    last, over = make_sku(product=product), make_sku(product=product)
    put(shopper, last)
    assert refused(lambda: put(shopper, over), CartFull).detail == {"sku": over.pk, "most_lines": 120}
    put(shopper, last)
    _, answer = services.merge(shopper_id=shopper.pk, key="k", lines=[(over.pk, 1), (last.pk, 3)])
    assert answer == [{"sku": over.pk, "code": "cart_full", "available": None}]
    assert (len(lines(shopper)), lines(shopper)[last.pk]) == (120, 3)


@pytest.mark.parametrize("quantity", [0, -1])
def test_less_than_one_unit_is_refused(shopper: User, quantity: int) -> None:
    sku = make_sku()
    put(shopper, sku)
    refused(lambda: put(shopper, sku, quantity), Invalid)
    refused(lambda: services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=quantity), Invalid)
    refused(lambda: services.merge(shopper_id=shopper.pk, key="k", lines=[(sku.pk, quantity)]), Invalid)


def test_the_database_itself_refuses_lines_out_of_bounds(shopper: User) -> None:
    put(shopper, make_sku())
    for quantity in (0, 100):
        with pytest.raises(IntegrityError), transaction.atomic():
            CartLine.objects.update(quantity=quantity)


def test_quantity_and_selection_are_set_together(shopper: User, published: Announced) -> None:
    sku = make_sku()
    put(shopper, sku, 4)
    published.clear()
    services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=7, selected=False)
    assert CartLine.objects.values_list("quantity", "selected").get() == (7, False)
    assert [event["cart"] for event in published.wires()] == [{"version": 2, "count": 1, "units": 7}]
    services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=7, selected=False)
    assert (len(published), cards_of([shopper.pk])[shopper.pk]["version"]) == (1, 2)


def test_less_is_allowed_whatever_the_stock_and_more_is_not(shopper: User) -> None:
    sku = make_sku(stock=10)
    put(shopper, sku, 8)
    sku.stock.on_hand = 3
    sku.stock.save()
    services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=5)
    assert lines(shopper) == {sku.pk: 5}
    error = refused(lambda: services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=6), OutOfStock)
    assert error.detail == {"sku": sku.pk, "available": 3}
    Sku.objects.update(sellable=False)
    services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=4)
    refused(lambda: services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=5), SkuNotSellable)


def test_a_line_that_is_not_there_is_not_changed(shopper: User) -> None:
    sku, other = make_sku(), make_user()
    put(other, sku)
    error = refused(lambda: services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=2), NotFound)
    assert error.detail == {"sku": sku.pk}
    assert lines(other) == {sku.pk: 1}


def test_lines_are_removed_once_and_from_ones_own_cart(shopper: User, published: Announced) -> None:
    first, second, third = make_sku(), make_sku(), make_sku()
    other = make_user()
    for sku in (first, second, third):
        put(shopper, sku)
    put(other, first)
    published.clear()
    for _ in range(2):
        services.remove(shopper_id=shopper.pk, sku_ids=[first.pk, third.pk])
    assert (lines(shopper), lines(other)) == ({second.pk: 1}, {first.pk: 1})
    assert [event["cart"] for event in published.wires()] == [{"version": 4, "count": 1, "units": 1}]


def test_some_lines_or_all_are_selected(shopper: User, published: Announced) -> None:
    skus = [make_sku() for _ in range(3)]
    for sku in skus:
        put(shopper, sku)

    def selected() -> list[int]:
        return sorted(CartLine.objects.filter(selected=True).values_list("sku_id", flat=True))

    services.select(shopper_id=shopper.pk, sku_ids=None, selected=False)
    assert selected() == []
    services.select(shopper_id=shopper.pk, sku_ids=[skus[1].pk], selected=True)
    assert selected() == [skus[1].pk]
    published.clear()
    services.select(shopper_id=shopper.pk, sku_ids=[skus[1].pk], selected=True)
    assert published == []


def test_a_merge_takes_the_larger_of_both_and_names_what_it_refuses(shopper: User, published: Announced) -> None:
    larger, smaller, new, scarce = make_sku(), make_sku(), make_sku(), make_sku(stock=1)
    unsellable = make_sku(sellable=False)
    put(shopper, larger, 2)
    put(shopper, smaller, 9)
    published.clear()
    unknown = unsellable.pk + 1
    asked = [
        (larger.pk, 5),
        (smaller.pk, 3),
        (new.pk, 1),
        (new.pk, 4),
        (scarce.pk, 2),
        (unsellable.pk, 1),
        (unknown, 1),
    ]
    _, answer = services.merge(shopper_id=shopper.pk, key="k", lines=asked)
    assert answer == [
        {"sku": scarce.pk, "code": "out_of_stock", "available": 1},
        {"sku": unsellable.pk, "code": "sku_not_sellable", "available": None},
        {"sku": unknown, "code": "not_found", "available": None},
    ]
    assert lines(shopper) == {larger.pk: 5, smaller.pk: 9, new.pk: 4}
    assert [event["cart"] for event in published.wires()] == [{"version": 3, "count": 3, "units": 18}]


def test_a_repeated_merge_changes_nothing(shopper: User, published: Announced) -> None:
    sku, scarce = make_sku(), make_sku(stock=1)
    asked = [(sku.pk, 5), (scarce.pk, 2)]
    _, first = services.merge(shopper_id=shopper.pk, key="k", lines=asked)
    services.change_line(shopper_id=shopper.pk, sku_id=sku.pk, quantity=2)
    published.clear()
    assert services.merge(shopper_id=shopper.pk, key="k", lines=asked[::-1])[1] == first
    assert lines(shopper) == {sku.pk: 2}
    assert published == []
    refused(lambda: services.merge(shopper_id=shopper.pk, key="k", lines=[(sku.pk, 6)]), KeyReused)


def test_two_people_may_use_one_key(shopper: User) -> None:
    sku, other = make_sku(), make_user()
    for person in (shopper, other):
        services.merge(shopper_id=person.pk, key="k", lines=[(sku.pk, 2)])
    assert lines(shopper) == lines(other) == {sku.pk: 2}


def test_what_was_bought_leaves_and_what_came_since_stays(shopper: User, published: Announced) -> None:
    bought, partly, kept = make_sku(), make_sku(), make_sku()
    for sku in (bought, partly, kept):
        put(shopper, sku, 3)
    published.clear()
    services.clear_bought(shopper_id=shopper.pk, bought={bought.pk: 3, partly.pk: 2, kept.pk + 1: 1})
    assert lines(shopper) == {partly.pk: 1, kept.pk: 3}
    assert [event["cart"] for event in published.wires()] == [{"version": 4, "count": 2, "units": 4}]
    services.clear_bought(shopper_id=shopper.pk, bought={bought.pk: 1})
    assert len(published) == 1
