"""Products as they are to be found, read from the catalogue in bulk."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from commerce.catalog.availability import available_units
from commerce.catalog.models import Category, Product, Sku
from commerce.search.text import folded, indexed_terms

TITLE, CATEGORY, OPTION, DESCRIPTION = 8, 4, 3, 1
TITLE_LENGTH = 120
# Raised when terms or weights are made in another way: every product is then indexed again.
EDITION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A product on sale. `texts` by their weight; `price` in minor units."""

    product_id: int
    category_id: int
    price: int
    in_stock: bool
    title_zh: str
    title_en: str
    texts: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def fingerprint(self) -> str:
        """Of all that the terms are made of."""
        content = json.dumps([EDITION, self.texts], ensure_ascii=False)
        return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def weights(self) -> Counter[str]:
        """Each term once a kind of text: repeating a word does not lift a product."""
        found: Counter[str] = Counter()
        for weight, texts in self.texts:
            found.update(dict.fromkeys(set().union(*map(indexed_terms, texts)), weight))
        return found


def documents_of(products: Sequence[Product]) -> dict[int, Document]:
    """By product id; products that are not on sale are left out. Three queries."""
    ids = [product.pk for product in products if product.visible]
    skus: defaultdict[int, list[Sku]] = defaultdict(list)
    for sku in Sku.objects.filter(product__in=ids, sellable=True):
        skus[sku.product_id].append(sku)
    units = available_units([sku.pk for each in skus.values() for sku in each])
    categories = Category.objects.in_bulk({product.category_id for product in products})
    return {
        product.pk: _document(product, categories[product.category_id], skus[product.pk], units)
        for product in products
        if product.pk in skus
    }


def _document(product: Product, category: Category, skus: list[Sku], units: Any) -> Document:
    return Document(
        product_id=product.pk,
        category_id=product.category_id,
        price=min(sku.price for sku in skus),
        in_stock=any(units.get(sku.pk, 0) > 0 for sku in skus),
        title_zh=folded(product.title_zh)[:TITLE_LENGTH],
        title_en=folded(product.title_en)[:TITLE_LENGTH],
        texts=(
            (TITLE, (product.title_zh, product.title_en)),
            (CATEGORY, (category.name_zh, category.name_en)),
            (OPTION, tuple(sorted(set(_values(skus))))),
            (DESCRIPTION, (product.description_zh, product.description_en)),
        ),
    )


def _values(skus: Iterable[Sku]) -> Iterable[str]:
    for sku in skus:
        for option in sku.options:
            yield from (option["value"]["zh"], option["value"]["en"])
