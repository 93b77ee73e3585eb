"""Makes what tests need, with defaults that mean nothing: a test names what it asserts.

Plain rows where a row is all there is; a service function where a use case makes more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from chat.conversations.models import Conversation
from commerce.catalog.models import Category, PriceRecord, Product, Sku
from commerce.flash_sales.models import Allotment, FlashSale
from commerce.inventory import services as inventory
from community.accounts.models import Role, User
from live.shelf.models import ShelfItem
from live.shows.models import Show
from project.kernel.clock import now

PASSWORD = "correct horse battery"
_numbers = count(1)


def make_user(*, roles: Sequence[str] = (), password: str | None = PASSWORD, **fields: Any) -> User:
    number = next(_numbers)
    fields.setdefault("email", f"person{number}@example.com")
    fields.setdefault("display_name", f"Person {number}")
    user = User.objects.create_user(password=password, **fields)
    Role.objects.bulk_create(Role(user=user, name=role) for role in roles)
    return user


def make_host(**fields: Any) -> User:
    return make_user(roles=[Role.Name.HOST], **fields)


def make_category(**fields: Any) -> Category:
    number = next(_numbers)
    return Category.objects.create(
        **{"slug": f"category-{number}", "name_zh": f"分类 {number}", "name_en": f"Category {number}", **fields}
    )


def make_product(*, category: Category | None = None, **fields: Any) -> Product:
    number = next(_numbers)
    return Product.objects.create(
        category=category or make_category(),
        **{"title_zh": f"商品 {number}", "title_en": f"Product {number}", **fields},
    )


def make_sku(
    *, product: Product | None = None, stock: int = 100, price: int = 3900, list_price: int | None = 8900, **fields: Any
) -> Sku:
    """A SKU with `stock` units on hand, whose price was lowered from `list_price` yesterday."""
    sku = Sku.objects.create(
        product=product or make_product(), price=price, **{"code": f"SKU-{next(_numbers)}", **fields}
    )
    if list_price:
        write_prices(sku, (30, list_price), (1, price))
    if stock:
        inventory.receive(sku_id=sku.pk, quantity=stock, reference=f"factory:{sku.pk}")
    return sku


def write_prices(sku: Sku, *steps: tuple[float, int]) -> None:
    """What the SKU cost, in place of what the database recorded: (days ago, price), the last one being its price."""
    PriceRecord.objects.filter(sku=sku, until=None).delete()
    before = [None, *(price for _, price in steps)]
    PriceRecord.objects.bulk_create(
        PriceRecord(sku=sku, price=price, was=was, currency=sku.currency, since=now() - timedelta(days=days))
        for (days, price), was in zip(steps, before, strict=False)
    )


def make_show(*, host: User | None = None, state: str = Show.State.LIVE, **fields: Any) -> Show:
    """A show, live unless told otherwise."""
    if state != Show.State.SCHEDULED:
        fields.setdefault("started_at", now())
    if state == Show.State.ENDED:
        fields.setdefault("ended_at", now())
    return Show.objects.create(
        host=host or make_host(),
        conversation=Conversation.objects.create(kind=Conversation.Kind.SHOW),
        state=state,
        **{"title": f"Show {next(_numbers)}", **fields},
    )


def make_shelf_item(*, show: Show, product: Product | None = None, **fields: Any) -> ShelfItem:
    """An item at the end of the show's shelf; without a product, one with a SKU in stock."""
    last = show.items.order_by("-number").first()
    return ShelfItem.objects.create(
        show=show,
        product=product or make_sku().product,
        **{"number": last.number + 1 if last else 1, **fields},
    )


def make_sale(
    *,
    sku: Sku | None = None,
    channel: str = "show:1",
    launched_by: User | None = None,
    total: int = 10,
    price: int = 1900,
    limit: int = 1,
    state: str = FlashSale.State.OPEN,
    **fields: Any,
) -> FlashSale:
    """A sale of one SKU, open unless told otherwise, whose allotment is promised out of the SKU's stock."""
    sku = sku or make_sku(stock=max(100, total))
    start = now() + (timedelta(minutes=1) if state == FlashSale.State.SCHEDULED else timedelta(minutes=-1))
    sale = FlashSale.objects.create(
        channel=channel,
        launched_by=launched_by or make_host(),
        state=state,
        **{"key": f"sale-{next(_numbers)}", "starts_at": start, "ends_at": start + timedelta(minutes=20), **fields},
    )
    Allotment.objects.create(
        sale=sale,
        sku=sku,
        price=price,
        currency=sku.currency,
        list_price=sku.price,
        total=total,
        per_customer_limit=limit,
    )
    inventory.reserve(sku_id=sku.pk, quantity=total, reference=f"sale:{sale.pk}")
    return sale
