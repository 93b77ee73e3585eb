from __future__ import annotations

import pytest

from commerce.orders.events import OrderPaid
from live.room.ticker import announce, masked
from project.realtime.outbox import publish_on_commit
from tests.support.factories import make_show, make_user

pytestmark = pytest.mark.django_db


def paid(channel: str, *, name: str = "小明") -> OrderPaid:
    return OrderPaid(
        user_to=make_user(display_name=name).pk,
        order={"number": "1"},
        channel_to=channel,
        title_to={"zh": "壶", "en": "Pot"},
        quantity_to=2,
        total_to={"amount": 1, "currency": "CNY"},
    )


@pytest.mark.parametrize(("name", "shown"), [("小明", "小**"), ("Ann", "A**"), (" x", "x**"), ("", "**")])
def test_names_are_masked(name, shown) -> None:
    assert masked(name) == shown


def test_the_room_sees_that_somebody_has_bought_and_not_who() -> None:
    show = make_show()
    order = paid(f"show:{show.pk}")
    [ticked] = announce(order)
    assert ticked.channels() == [f"show:{show.pk}"]
    assert ticked.wire() == {
        "type": "order.paid",
        "at": order.at,
        "buyer": "小**",
        "title": {"zh": "壶", "en": "Pot"},
        "quantity": 2,
    }


@pytest.mark.parametrize("channel", ["", "show:", "show:x", "show:999999", "user:1", "studio:1", "show:²"])
def test_an_order_from_elsewhere_shows_nowhere(channel) -> None:
    assert announce(paid(channel)) == []


@pytest.mark.parametrize("state", ["scheduled", "ended"])
def test_only_a_show_on_air_has_a_ticker(state) -> None:
    assert announce(paid(f"show:{make_show(state=state).pk}")) == []


def test_it_is_wired(valkey, published) -> None:
    show = make_show()
    publish_on_commit(paid(f"show:{show.pk}"))
    assert published.types == ["order.paid", "notice.added"]
    [(_, fields)] = valkey.client.xrange(f"souk:{{show:{show.pk}}}:log")
    assert "小**" in fields[b"d"].decode()
    assert "小明" not in fields[b"d"].decode()
