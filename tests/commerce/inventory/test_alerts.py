"""Few units left: said once, until there are enough again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from commerce.inventory import services
from commerce.inventory.models import Stock, StockAlert
from commerce.inventory.selectors import discrepancies, stocked_skus
from project.kernel.errors import Invalid, NotFound
from tests.support.factories import make_sku

pytestmark = pytest.mark.django_db


def alerts() -> list[tuple[int, int, bool]]:
    """(alert_at, available, still open) of each alert, oldest first"""
    rows = StockAlert.objects.order_by("pk")
    return [(alert.alert_at, alert.available, alert.closed_at is None) for alert in rows]


def test_an_alert_opens_at_the_threshold_once_and_closes_above_it() -> None:
    sku = make_sku(stock=10)
    services.set_alert(sku_id=sku.pk, alert_at=3)
    services.reserve(sku_id=sku.pk, quantity=6, reference="a")
    assert alerts() == []
    services.reserve(sku_id=sku.pk, quantity=1, reference="b")
    services.write_off(sku_id=sku.pk, quantity=2, reference="c")
    services.sell(sku_id=sku.pk, quantity=7, reference="d")
    services.receive(sku_id=sku.pk, quantity=2, reference="e")
    assert alerts() == [(3, 3, True)]
    assert list(stocked_skus(low=True)) == [sku]
    services.receive(sku_id=sku.pk, quantity=1, reference="f")
    assert alerts() == [(3, 3, False)]
    assert list(stocked_skus(low=True)) == []
    services.reserve(sku_id=sku.pk, quantity=4, reference="g")
    services.release(sku_id=sku.pk, quantity=4, reference="g")
    assert alerts() == [(3, 3, False), (3, 0, False)]
    assert discrepancies() == []


def test_a_threshold_counts_from_when_it_is_set_until_it_is_taken_back() -> None:
    sku = make_sku(stock=5)
    services.set_alert(sku_id=sku.pk, alert_at=5)
    services.set_alert(sku_id=sku.pk, alert_at=6)
    assert alerts() == [(5, 5, True)]
    services.set_alert(sku_id=sku.pk, alert_at=None)
    services.reserve(sku_id=sku.pk, quantity=5, reference="a")
    assert alerts() == [(5, 5, False)]


def test_a_repeated_movement_opens_nothing() -> None:
    sku = make_sku(stock=5)
    services.reserve(sku_id=sku.pk, quantity=5, reference="a")
    Stock.objects.update(alert_at=0)
    services.reserve(sku_id=sku.pk, quantity=5, reference="a")
    assert alerts() == []


def test_a_sku_that_never_had_stock_can_be_watched() -> None:
    sku = make_sku(stock=0)
    services.set_alert(sku_id=sku.pk, alert_at=0)
    assert alerts() == [(0, 0, True)]
    services.receive(sku_id=sku.pk, quantity=1, reference="a")
    assert alerts() == [(0, 0, False)]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda sku_id: services.set_alert(sku_id=sku_id, alert_at=-1), Invalid),
        (lambda sku_id: services.set_alert(sku_id=sku_id + 1, alert_at=1), NotFound),
    ],
)
def test_a_refused_threshold_changes_nothing(call: Callable[[int], None], error: type[Exception]) -> None:
    sku = make_sku(stock=1)
    with pytest.raises(error):
        call(sku.pk)
    assert list(Stock.objects.values_list("sku_id", "on_hand", "alert_at")) == [(sku.pk, 1, None)]
    assert alerts() == []
