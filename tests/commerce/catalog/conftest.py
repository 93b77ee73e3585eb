from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from commerce.catalog.models import Category, Product, ProductPicture, Sku
from commerce.inventory.models import Stock
from tests.support.factories import write_prices

MakeProduct = Callable[..., Product]


@pytest.fixture
def category(db: None) -> Category:
    return Category.objects.create(slug="tea", name_zh="茶", name_en="Tea", position=1)


@pytest.fixture
def make_product(category: Category) -> MakeProduct:
    """`make_product("mug", prices=[(3900, 5900)], stock=[2], pictures=["a.webp"])`: prices are (price, the one before
    yesterday).
    """

    def make(
        code: str = "mug",
        *,
        prices: list[tuple[int, int | None]] | None = None,
        stock: list[int] | None = None,
        pictures: list[str] | None = None,
        **fields: Any,
    ) -> Product:
        product = Product.objects.create(
            **{"category": category, "title_zh": f"{code} 中", "title_en": f"{code} en", **fields}
        )
        for n, (price, was) in enumerate(prices if prices is not None else [(3900, None)]):
            sku = Sku.objects.create(product=product, code=f"{code}-{n}", price=price)
            if was:
                write_prices(sku, (30, was), (1, price))
            if stock:
                Stock.objects.create(sku=sku, on_hand=stock[n])
        for n, name in enumerate(pictures or []):
            ProductPicture.objects.create(product=product, image=name, position=n)
        return product

    return make
