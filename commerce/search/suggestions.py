"""How what is being typed may go on: categories, words, and products by their titles."""

from __future__ import annotations

from commerce.catalog.models import Category, Product
from commerce.catalog.selectors import products_on_sale
from commerce.search.bits import last
from commerce.search.cards import Suggestion
from commerce.search.documents import TITLE
from commerce.search.index import Index
from commerce.search.models import Neighbour, Word
from commerce.search.spelling import distance_to_start, keys_of_query, tolerance
from project.kernel.terms import folded, indexed_terms, is_word, last_word, query_terms

SUGGESTIONS, OF_A_KIND = 10, 5
# Of the words that begin so, those that most products have: in whose titles products are looked for.
COMPLETIONS = 20


def suggestions(text: str) -> list[Suggestion]:
    """At most ten."""
    start = folded(text)
    if not start:
        return []
    before, word = last_word(text)
    completions = _completions(word)
    words: list[Suggestion] = [
        {"kind": "word", "text": before + each, "slug": None, "product": None}
        for each, has_spelling in completions.items()
        if has_spelling and each != word
    ]
    products = _products(before if word else start, [word, *completions] if word else [])
    return [*_categories_from(start), *words[:OF_A_KIND], *products][:SUGGESTIONS]


def _categories_from(start: str) -> list[Suggestion]:
    found: list[Suggestion] = [
        {"kind": "category", "text": name, "slug": category.slug, "product": None}
        for category in Category.objects.all()
        for name in (category.name_zh, category.name_en)
        if folded(name).startswith(start)
    ]
    return found[:OF_A_KIND]


def _completions(word: str) -> dict[str, bool]:
    """Words that begin so: those that have a spelling (True) first, then those that most products have. Where none
    does, words that begin nearly so."""
    if not word:
        return {}
    known = Word.objects.filter(text__startswith=word, products__gt=0)
    begin_so = known.order_by("-has_spelling", "-products", "text").values_list("text", "has_spelling")
    return dict(begin_so[:COMPLETIONS]) or _near_completions(word)


def _near_completions(word: str) -> dict[str, bool]:
    """Those with the fewest mistakes first, then those that most products have."""
    close = Neighbour.objects.filter(key__in=keys_of_query(word)).values("word")
    known = Word.objects.filter(pk__in=close, products__gt=0).values_list("text", "products")
    near = sorted((distance_to_start(word, text), -products, text) for text, products in known)
    return {text: True for mistakes, _, text in near[:COMPLETIONS] if mistakes <= tolerance(word)}


def _products(before: str, endings: list[str]) -> list[Suggestion]:
    """The newest whose titles have all terms of `before` and one of the endings, where there are any."""
    terms = [term for term, _ in query_terms(before)]
    if not terms and not endings:
        return []
    index = Index([*terms, *endings])
    found = index.products
    for term in terms:
        found &= _titled(index, term)
    if endings:
        any_ending = 0
        for ending in endings:
            any_ending |= _titled(index, ending)
        found &= any_ending
    ids = [index.product_at(position) for position in last(found, OF_A_KIND)]
    products = products_on_sale().in_bulk(ids)
    texts = {*terms, *endings}
    return [
        {"kind": "product", "text": _title(products[pk], texts), "slug": None, "product": pk}
        for pk in ids
        if pk in products
    ]


def _titled(index: Index, term: str) -> int:
    """Products with the term in a title, as bits."""
    weights = index.column(term)
    title = TITLE.bit_length() - 1
    return weights[title] if len(weights) > title else 0


def _title(product: Product, terms: set[str]) -> str:
    """In the language that is typed."""
    if all(map(is_word, terms)) and terms & indexed_terms(product.title_en):
        return product.title_en
    return product.title_zh
