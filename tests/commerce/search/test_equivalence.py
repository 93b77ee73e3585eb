"""Whatever a shop holds and whatever is asked, the index finds what looking at every product finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.catalog.models import Category, Product, Sku
from commerce.inventory.models import Stock
from commerce.search.cards import Found
from commerce.search.facets import PRICE_STEPS
from commerce.search.queries import Cursor, Query, Sort
from commerce.search.selectors import search
from commerce.search.services import reindex_changed
from project.kernel.terms import indexed_terms, query_terms

pytestmark = pytest.mark.django_db

# So few words and characters that many products have them.
words = st.sampled_from(["cup", "tea", "red", "青瓷", "瓷杯", "青瓷杯", "杯", "茶"])
texts = st.lists(words, max_size=3).map(" ".join)
prices = st.sampled_from([0, 1, 100, 4999, 5000, 5001, 20000, 99999, 100000, 2**40])
SHELVES = ["cups", "tea"]
BLOCK_APART = 5000
_codes = count()


@dataclass(frozen=True, kw_only=True)
class Given:
    """A product: SKUs as (price, units, whether it can be sold); `gap` lets its id skip some."""

    shelf: str
    title_zh: str
    title_en: str
    description: str
    option: str
    skus: list[tuple[int, int, bool]]
    visible: bool
    gap: int


products = st.builds(
    Given,
    shelf=st.sampled_from(SHELVES),
    title_zh=texts,
    title_en=texts,
    description=texts,
    option=texts,
    skus=st.lists(st.tuples(prices, st.integers(0, 1), st.sampled_from([True, True, False])), max_size=2),
    visible=st.sampled_from([True, True, True, False]),
    gap=st.sampled_from([0, 0, 0, 1, BLOCK_APART]),
)
queries = st.builds(
    dict,
    text=texts,
    category=st.sampled_from([None, *SHELVES, "nowhere"]),
    price_min=st.one_of(st.none(), prices),
    price_max=st.one_of(st.none(), prices),
    in_stock=st.booleans(),
    sort=st.sampled_from(Sort),
    limit=st.integers(1, 3),
).filter(
    lambda asked: (
        (asked["text"] or asked["category"])
        and (asked["price_min"] is None or asked["price_max"] is None or asked["price_min"] <= asked["price_max"])
    )
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A product on sale, as looking at it tells."""

    pk: int
    shelf: str
    price: int
    in_stock: bool
    weights: dict[str, int]

    def score(self, terms: list[str]) -> int:
        return sum(self.weights[term] for term in terms)


def put_on_sale(given: list[Given]) -> list[Known]:
    shelves = {slug: Category.objects.create(slug=slug, name_zh="", name_en=slug) for slug in SHELVES}
    pk, known = 0, []
    for each in given:
        pk += 1 + each.gap
        product = Product.objects.create(
            pk=pk,
            category=shelves[each.shelf],
            title_zh=each.title_zh,
            title_en=each.title_en,
            description_zh=each.description,
            visible=each.visible,
        )
        option = {"name": {"zh": "款", "en": "Kind"}, "value": {"zh": each.option, "en": ""}}
        for price, units, sellable in each.skus:
            sku = Sku.objects.create(
                product=product, code=f"E{next(_codes)}", price=price, sellable=sellable, options=[option]
            )
            Stock.objects.create(sku=sku, on_hand=units)
        on_sale = [(price, units) for price, units, sellable in each.skus if sellable]
        if each.visible and on_sale:
            weights: dict[str, int] = {}
            for weight, text in ((8, f"{each.title_zh} | {each.title_en}"), (4, each.shelf), (2, each.option)):
                for term in indexed_terms(text):
                    weights[term] = weights.get(term, 0) + weight
            for term in indexed_terms(each.description, characters=False):
                weights[term] = weights.get(term, 0) + 1
            known.append(
                Known(
                    pk=pk,
                    shelf=each.shelf,
                    price=min(price for price, _ in on_sale),
                    in_stock=any(units for _, units in on_sale),
                    weights=weights,
                )
            )
    return known


def pages(query: dict[str, object]) -> Iterator[Found]:
    cursor: Cursor | None = None
    while True:
        found = search(Query(**query, cursor=cursor))  # type: ignore[arg-type]
        yield found
        if found["cursor"] is None:
            return
        cursor = Cursor.parse(found["cursor"], Sort(query["sort"]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(products, max_size=12), st.lists(queries, min_size=1, max_size=4))
def test_search_is_looking_at_every_product(given: list[Given], asked: list[dict[str, object]]) -> None:
    for model in (Stock, Sku, Product, Category):
        model.objects.all().delete()
    known = put_on_sale(given)
    reindex_changed()
    for query in asked:
        check(known, query)


def check(known: list[Known], query: dict[str, object]) -> None:
    terms = [term for term, _ in query_terms(str(query["text"]))]
    low, high = query["price_min"], query["price_max"]
    found = [each for each in known if all(term in each.weights for term in terms)]
    if not terms:
        found = [each for each in found if each.shelf == query["category"]]

    def in_category(each: Known) -> bool:
        return query["category"] in (None, each.shelf)

    def in_range(each: Known) -> bool:
        return (low is None or each.price >= low) and (high is None or each.price <= high)  # type: ignore[operator]

    def enough(each: Known) -> bool:
        return each.in_stock or not query["in_stock"]

    orders = {
        Sort.RELEVANCE: lambda each: (-each.score(terms), -each.pk),
        Sort.NEWEST: lambda each: -each.pk,
        Sort.PRICE_UP: lambda each: (each.price, -each.pk),
        Sort.PRICE_DOWN: lambda each: (-each.price, -each.pk),
    }
    listed = [each for each in found if in_category(each) and in_range(each) and enough(each)]
    listed.sort(key=orders[Sort(str(query["sort"]))])
    first, *further = pages(query)
    assert [card["id"] for page in (first, *further) for card in page["results"]] == [each.pk for each in listed]
    assert first["total"] == len(listed)
    assert all(page["total"] is page["facets"] is None for page in further)
    assert first["facets"] is not None
    counts = {each["slug"]: each["count"] for each in first["facets"]["categories"]}
    assert counts == _counts(each.shelf for each in found if in_range(each) and enough(each))
    steps = {each["min"]: each["count"] for each in first["facets"]["prices"]}
    lowest = (0, *PRICE_STEPS)
    assert steps == _counts(
        max(step for step in lowest if step <= each.price) for each in found if in_category(each) and enough(each)
    )
    assert first["facets"]["in_stock"] == sum(each.in_stock for each in found if in_category(each) and in_range(each))


def _counts(values: Iterator[object]) -> dict[object, int]:
    counts: dict[object, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts
