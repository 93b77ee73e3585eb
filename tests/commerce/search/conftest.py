from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from commerce.catalog.models import Product
from commerce.search.services import reindex_changed
from tests.support.factories import make_product, make_sku

Put = Callable[..., Product]
Search = Callable[..., Any]


@pytest.fixture
def put(db: None) -> Put:
    """A product with one SKU; it is found after the next scan."""

    def put(zh: str, en: str, *, price: int = 3900, stock: int = 1, options: Any = (), **fields: Any) -> Product:
        product = make_product(title_zh=zh, title_en=en, **fields)
        make_sku(product=product, price=price, list_price=None, stock=stock, options=list(options))
        return product

    return put


@pytest.fixture
def search(client: Client, db: None) -> Search:
    """Scan, then ask: the JSON of `?q=`, and what else is asked for."""

    def search(q: str = "", **params: Any) -> Any:
        reindex_changed()
        response = client.get("/api/catalog/search/", {"q": q, **params})
        assert response.status_code == 200, response.content
        return response.json()

    return search
