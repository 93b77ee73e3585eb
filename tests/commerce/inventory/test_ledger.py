"""Whatever is asked in whatever order, the stock is the sum of its movements and nothing is below zero."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.inventory import services
from commerce.inventory.errors import NotReserved, OutOfStock
from commerce.inventory.models import Stock, StockAlert
from commerce.inventory.selectors import discrepancies
from project.kernel.errors import KeyReused
from tests.support.factories import make_product, make_sku

pytestmark = pytest.mark.django_db

ALERT_AT = 2
MOVES = {
    "receive": services.receive,
    "reserve": services.reserve,
    "release": services.release,
    "sell": services.sell,
    "write_off": services.write_off,
}
# What one unit of each changes: (on hand, reserved).
EFFECTS = {"receive": (1, 0), "reserve": (0, 1), "release": (0, -1), "sell": (-1, -1), "write_off": (-1, 0)}
# Few references, so that some come again, with the same quantity or another.
STEPS = st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(1, 6), st.integers(1, 12)), max_size=25)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_the_ledger_adds_up(steps: list[tuple[str, int, int]]) -> None:
    sku = make_sku(product=make_product(), stock=0)
    services.set_alert(sku_id=sku.pk, alert_at=ALERT_AT)
    on_hand = reserved = 0
    done: dict[tuple[str, int], int] = {}
    for kind, quantity, number in steps:
        before = done.get((kind, number))
        after = on_hand + EFFECTS[kind][0] * quantity, reserved + EFFECTS[kind][1] * quantity
        try:
            MOVES[kind](sku_id=sku.pk, quantity=quantity, reference=f"{sku.pk}:{number}")
        except KeyReused:
            assert before not in (None, quantity)
        except (OutOfStock, NotReserved):
            assert before is None
            assert not 0 <= after[1] <= after[0]
        else:
            assert before in (None, quantity)
            if before is None:
                assert 0 <= after[1] <= after[0]
                done[kind, number] = quantity
                on_hand, reserved = after
        assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == (on_hand, reserved)
        is_low = StockAlert.objects.filter(stock_id=sku.pk, closed_at=None).exists()
        assert is_low == (on_hand - reserved <= ALERT_AT)
    assert discrepancies() == []
