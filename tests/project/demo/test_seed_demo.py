from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from chat.channels.selectors import conversation_list
from chat.messages.models import Message
from commerce.catalog.models import Category, Product, ProductPicture, Sku
from commerce.inventory import selectors as inventory
from commerce.inventory.models import StockMovement
from commerce.search.models import IndexedProduct
from commerce.shipping.models import FreightTemplate
from community.accounts.models import User
from community.social.models import Follow
from live.shelf.models import Pin, ShelfItem
from live.shows.models import Show
from project.demo import shop
from project.demo.goods import Goods, all_goods
from project.kernel.clock import now

DRAWN = shop.encoded(Image.new("RGB", (4, 5)))
MODELS = (
    User,
    Category,
    Product,
    ProductPicture,
    Sku,
    StockMovement,
    Show,
    ShelfItem,
    Pin,
    Message,
    FreightTemplate,
    Follow,
)


@pytest.fixture
def _demo(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Demo mode, with pictures that take no time: drawing has its own tests."""
    settings.DEMO = True
    settings.MEDIA_ROOT = tmp_path

    def quickly_drawn(item: Goods) -> list[bytes]:
        return [DRAWN for _ in shop._names(item)]

    monkeypatch.setattr(shop, "_drawn", quickly_drawn)


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in MODELS}


def test_it_refuses_outside_demo_mode(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("seed_demo")
    assert set(counts().values()) == {0}


@pytest.mark.django_db
@pytest.mark.usefixtures("_demo")
def test_the_shop_is_filled_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed_demo")
    assert capsys.readouterr().out == "The demo has 48 new products and 3 new shows.\n"
    filled = counts()
    assert filled["Product"] == 48
    assert filled["Sku"] == filled["StockMovement"] == sum(len(item.variants) for item in all_goods().values())
    assert inventory.discrepancies() == []
    assert (filled["FreightTemplate"], filled["Follow"]) == (2, 2)
    call_command("seed_demo")
    assert capsys.readouterr().out == ""
    assert counts() == filled


@pytest.mark.django_db
@pytest.mark.usefixtures("_demo")
def test_the_shop_can_be_searched_at_once() -> None:
    call_command("seed_demo")
    assert IndexedProduct.objects.count() == 48


@pytest.mark.django_db
@pytest.mark.usefixtures("_demo")
def test_the_hosts_shows_are_on_air_to_come_and_over() -> None:
    call_command("seed_demo")
    shows = {show.state: show for show in Show.objects.filter(host__email="host@souk.example")}
    live, scheduled, ended = (shows[state] for state in (Show.State.LIVE, Show.State.SCHEDULED, Show.State.ENDED))
    assert ShelfItem.objects.filter(show=live).count() == 12
    assert list(Pin.objects.order_by("pk").values_list("item__number", flat=True)) == [2, 1]
    assert live.conversation.last_seq == Message.objects.filter(conversation=live.conversation_id).count() == 8
    assert scheduled.scheduled_at is not None
    assert scheduled.scheduled_at > now()
    assert ended.ended_at is not None
    assert ended.ended_at < now()
    assert all(show.cover for show in shows.values())


@pytest.mark.django_db
@pytest.mark.usefixtures("_demo")
def test_the_viewer_finds_two_groups_and_a_direct_chat() -> None:
    call_command("seed_demo")
    found = conversation_list(User.objects.get(email="viewer@souk.example").pk)
    assert [
        one["group"]["title"] if one["group"] else one["dm"]["peer"]["display_name"]
        for one in sorted(found["conversations"], key=lambda one: one["channel"])
    ] == ["Mia Chen", "阿茶的茶友群 Tea friends", "周末好物 Weekend finds"]
    assert all(one["last_message"] for one in found["conversations"])
    assert found["requests"] == []
    assert Message.objects.filter(pinned_at__isnull=False).count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("_demo")
def test_what_was_lost_comes_back(tmp_path: Path) -> None:
    call_command("seed_demo")
    filled = counts()
    Show.objects.filter(state=Show.State.LIVE).update(state=Show.State.ENDED)
    (tmp_path / "products" / "demo-mug-1.webp").unlink()
    call_command("seed_demo")
    assert Show.objects.filter(state=Show.State.LIVE).count() == 1
    assert (tmp_path / "products" / "demo-mug-1.webp").read_bytes() == DRAWN
    again: dict[str, Any] = counts()
    assert {name: again[name] for name in ("Product", "Sku", "ProductPicture")} == {
        name: filled[name] for name in ("Product", "Sku", "ProductPicture")
    }
