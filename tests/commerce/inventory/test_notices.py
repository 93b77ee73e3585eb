"""Few units left: whoever keeps the stock is told."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection, transaction

from commerce.catalog.models import Sku
from commerce.inventory import services
from commerce.inventory.events import StockAlertChanged
from commerce.inventory.models import StockAlert
from commerce.inventory.reactions import tell_keepers
from community.accounts.models import User
from community.notices import selectors as notices
from community.notices import services as inbox
from community.notices.cards import NoticeCard
from tests.support.announced import Announced
from tests.support.buying import api
from tests.support.factories import make_product, make_sku, make_user

pytestmark = pytest.mark.django_db
RED = [{"name": {"zh": "颜色", "en": "Colour"}, "value": {"zh": "红", "en": "Red"}}]


@pytest.fixture
def keeper() -> User:
    return make_user(is_staff=True)


@pytest.fixture
def sku(keeper: User) -> Sku:
    sku = make_sku(stock=10, product=make_product(title_zh="茶杯", title_en="Cup"), options=RED)
    services.set_alert(sku_id=sku.pk, alert_at=3)
    return sku


def told(user: User) -> list[NoticeCard]:
    return notices.notice_cards(list(notices.notices_of(user.pk).order_by("seq")))


def react(published: Announced) -> None:
    """As the outbox does: each at least once."""
    for event in published.of(StockAlertChanged) * 2:
        assert isinstance(event, StockAlertChanged)
        tell_keepers(event)


def test_staff_is_told_once_and_not_again_for_each_sale(sku: Sku, keeper: User, published: Announced) -> None:
    buyer, gone = make_user(), make_user(is_staff=True, is_active=False)
    services.reserve(sku_id=sku.pk, quantity=7, reference="a")
    services.reserve(sku_id=sku.pk, quantity=1, reference="b")
    react(published)
    (card,) = told(keeper)
    assert (card["kind"], card["about"], card["word"]) == ("stock", f"sku:{sku.pk}", "low")
    assert card["title"] == {"zh": "茶杯（红）", "en": "Cup (Red)"}
    assert (told(buyer), told(gone)) == ([], [])


def test_what_is_gone_at_once_is_said_so(sku: Sku, keeper: User, published: Announced) -> None:
    services.reserve(sku_id=sku.pk, quantity=10, reference="a")
    react(published)
    assert [card["word"] for card in told(keeper)] == ["out"]


@pytest.mark.parametrize("how", ["released", "received", "not asked for"])
def test_it_is_taken_back_when_it_is_not_so_any_more(sku: Sku, keeper: User, published: Announced, how: str) -> None:
    services.reserve(sku_id=sku.pk, quantity=7, reference="a")
    react(published)
    if how == "released":
        services.release(sku_id=sku.pk, quantity=7, reference="a")
    elif how == "received":
        services.receive(sku_id=sku.pk, quantity=1, reference="b")
    else:
        services.set_alert(sku_id=sku.pk, alert_at=None)
    react(published)
    assert told(keeper) == []
    services.set_alert(sku_id=sku.pk, alert_at=3)
    services.write_off(sku_id=sku.pk, quantity=services.Stock.objects.get(pk=sku.pk).available, reference="c")
    react(published)
    assert len(told(keeper)) == 1


def test_what_came_and_went_before_anybody_reacted_is_not_said(sku: Sku, keeper: User, published: Announced) -> None:
    services.reserve(sku_id=sku.pk, quantity=7, reference="a")
    services.release(sku_id=sku.pk, quantity=7, reference="a")
    react(published)
    assert told(keeper) == []


def test_who_does_not_want_it_is_not_told(sku: Sku, keeper: User, published: Announced) -> None:
    other = make_user(is_staff=True)
    inbox.switch(user_id=keeper.pk, kind="stock", on=False)
    services.reserve(sku_id=sku.pk, quantity=7, reference="a")
    react(published)
    assert (told(keeper), len(told(other))) == ([], 1)


def test_what_is_undone_is_not_said(sku: Sku, keeper: User, published: Announced) -> None:
    with transaction.atomic():
        services.reserve(sku_id=sku.pk, quantity=7, reference="a")
        transaction.set_rollback(True)
    assert published.of(StockAlertChanged) == []


def test_how_many_alerts_are_open(sku: Sku, keeper: User) -> None:
    path = "/api/studio/stock/alerts/"
    assert api(keeper).get(path).json() == {"open": 0}
    services.reserve(sku_id=sku.pk, quantity=7, reference="a")
    assert api(keeper).get(path).json() == {"open": 1}
    assert api(make_user(roles=["host"])).get(path).status_code == 403


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_it_is_taken_back_also_from_who_was_being_told(sku: Sku, keeper: User, published: Announced) -> None:
    """Refilled while somebody is told: the refill waits, and what was said is taken back."""
    services.reserve(sku_id=sku.pk, quantity=7, reference="a")
    alert = StockAlert.objects.get()

    def refill() -> None:
        services.receive(sku_id=sku.pk, quantity=10, reference="b")
        connection.close()

    with transaction.atomic():
        tell_keepers(StockAlertChanged(alert_id=alert.pk))
        other = Thread(target=refill)
        other.start()
        other.join(0.3)
        assert other.is_alive()
        assert StockAlert.objects.get().closed_at is None
    other.join(10)
    react(published)
    assert told(keeper) == []
