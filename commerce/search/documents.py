"""Products as they are to be found, read from the catalogue in bulk."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from django.db.models import Prefetch, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from commerce.catalog.availability import available_units
from commerce.catalog.models import Category, Product, Sku
from project.kernel.terms import indexed_terms

# One bit each: what a term weighs says where it stands.
TITLE, CATEGORY, OPTION, DESCRIPTION = 8, 4, 2, 1
# Raised when terms or weights are made in another way: every product is then indexed again.
EDITION = "2"
# A scan does not read texts that have not changed.
_TEXTS = ("title_zh", "title_en", "description_zh", "description_en")
_CONTENT = MD5(Concat(*(part for text in _TEXTS for part in (text, Value("\n"))), output_field=TextField()))


class Document(NamedTuple):
    """A product on sale: `price` in minor units, `fingerprint` of all that its terms are made of."""

    category_id: int
    price: int
    in_stock: bool
    fingerprint: str


def documents_of(product_ids: Collection[int]) -> dict[int, Document]:
    """By product id; products that are not on sale are left out. Four queries."""
    skus: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
    sellable = Sku.objects.filter(product__in=product_ids, sellable=True).order_by()
    for product_id, *sku in sellable.values_list("product_id", "pk", "price", Cast("options", TextField())):
        skus[product_id].append((sku[0], sku[1], sku[2]))
    units = available_units([pk for each in skus.values() for pk, _, _ in each])
    names = {pk: f"{zh}\n{en}" for pk, zh, en in Category.objects.values_list("pk", "name_zh", "name_en")}
    products = Product.objects.filter(pk__in=list(skus), visible=True).order_by()
    found = {}
    for product_id, category_id, content in products.values_list("pk", "category_id", _CONTENT):
        options = sorted({options for _, _, options in skus[product_id]})
        known = "\n".join((EDITION, content, names[category_id], *options))
        found[product_id] = Document(
            category_id=category_id,
            price=min(price for _, price, _ in skus[product_id]),
            in_stock=any(units.get(pk, 0) > 0 for pk, _, _ in skus[product_id]),
            fingerprint=hashlib.blake2b(known.encode(), digest_size=16).hexdigest(),
        )
    return found


def weights_of(product_ids: Collection[int]) -> dict[int, Counter[str]]:
    """What each term of these products weighs, by product id: each kind of text once, however often it says it."""
    sellable = Prefetch("skus", Sku.objects.filter(sellable=True))
    found = {}
    for product in Product.objects.filter(pk__in=product_ids).select_related("category").prefetch_related(sellable):
        weights: Counter[str] = Counter()
        for weight, texts in _texts(product):
            terms = (indexed_terms(text, characters=weight != DESCRIPTION) for text in texts)
            weights.update(dict.fromkeys(set().union(*terms), weight))
        found[product.pk] = weights
    return found


def _texts(product: Product) -> Iterator[tuple[int, set[str]]]:
    yield TITLE, {product.title_zh, product.title_en}
    yield CATEGORY, {product.category.name_zh, product.category.name_en}
    yield OPTION, {text for sku in product.skus.all() for option in sku.options for text in option["value"].values()}
    yield DESCRIPTION, {product.description_zh, product.description_en}
