"""Finding products: all terms of a query must match, and what they weigh together is the relevance.

Every product on sale is one bit of a long integer (see `bits`), so that whatever is asked is answered exactly, total
and facets too, by reading a few rows a term, however many products have it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from commerce.catalog.cards import ProductCard
from commerce.catalog.models import Category, Product
from commerce.catalog.selectors import cards_of, products_on_sale
from commerce.search.bits import Column, added, best, compared, present
from commerce.search.cards import Found
from commerce.search.facets import Choice, facets_of
from commerce.search.index import Index
from commerce.search.models import Neighbour, Word
from commerce.search.queries import Cursor, Query, Sort
from commerce.search.spelling import distance, keys_of_query, tolerance
from project.kernel.terms import query_terms

# All numbers are 0: then the newest come first.
_NOTHING: Column = ()


def search(query: Query) -> Found:
    """One page of what a query finds, as cards. Words that nothing is found under are corrected where that is safe."""
    index, terms, corrected = _terms_of(query.text)
    first = query.cursor is None
    categories = Category.objects.in_bulk() if first or query.category is not None else {}
    choice = Choice.of(query, index, categories)
    found, score = _matching(index, terms) if terms or not query.text.strip() else (0, _NOTHING)
    if not query.text.strip():
        # A category that is browsed is the whole of what was asked; the others are not counted for it.
        found &= choice.category
    rows = _page(found & choice.all, score, index, query)
    shown = rows[: query.limit]
    return {
        "results": _cards([index.product_at(position) for _, position in shown]),
        "cursor": _cursor(shown[-1], index, query.sort) if len(rows) > query.limit else None,
        "total": (found & choice.all).bit_count() if first else None,
        "facets": facets_of(found, choice, index, categories) if first else None,
        "corrected": corrected,
    }


def _terms_of(text: str) -> tuple[Index, list[str], dict[str, str]]:
    """The terms, and what was corrected. No terms: one of them is found nowhere."""
    asked = query_terms(text)
    index = Index(term for term, _ in asked)
    corrected: dict[str, str] = {}
    for term, has_spelling in asked:
        if term not in index:
            meant = _nearest(term) if has_spelling else None
            if meant is None:
                return index, [], {}
            corrected[term] = meant
    terms = list(dict.fromkeys(corrected.get(term, term) for term, _ in asked))
    return Index(terms) if corrected else index, terms, corrected


def _nearest(word: str) -> str | None:
    """The known word with the fewest mistakes, of several the one that most products have."""
    close = Neighbour.objects.filter(key__in=keys_of_query(word)).values("word")
    known = Word.objects.filter(pk__in=close, products__gt=0).values_list("text", "products")
    candidates = [(distance(word, text), -products, text) for text, products in known]
    return min((each for each in candidates if each[0] <= tolerance(word)), default=(0, 0, None))[2]


def _matching(index: Index, terms: Collection[str]) -> tuple[int, Column]:
    """Products that have all the terms, as bits, and what the terms weigh together."""
    found, score = index.products, _NOTHING
    for term in terms:
        weights = index.column(term)
        found &= present(weights)
        score = added(score, weights)
    return found, score


def _page(found: int, score: Column, index: Index, query: Query) -> list[tuple[int, int]]:
    """(value, position) of a page and of one product more."""
    lowest = query.sort == Sort.PRICE_UP
    order: Mapping[Sort, Column] = {Sort.RELEVANCE: score, Sort.NEWEST: _NOTHING}
    by = order.get(query.sort, index.prices)
    if cursor := query.cursor:
        below, equal, above = compared(by, cursor.value, found)
        found = (above if lowest else below) | equal & ~(-1 << index.position_of(cursor.product_id))
    return best(by, found, query.limit + 1, lowest=lowest)


def _cursor(row: tuple[int, int], index: Index, sort: Sort) -> str:
    value, position = row
    return str(Cursor(sort=sort, value=value, product_id=index.product_at(position)))


def _cards(ids: Sequence[int]) -> list[ProductCard]:
    """In this order. What has left the shop since it was indexed is left out."""
    if not ids:
        return []
    by_id: dict[int, Product] = {product.pk: product for product in products_on_sale().filter(pk__in=ids)}
    return cards_of([by_id[pk] for pk in ids if pk in by_id])
