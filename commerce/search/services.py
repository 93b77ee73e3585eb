"""Keeping the index like the catalogue. A scan compares all products with what was indexed, so that no way of changing
one (a form, a bulk update, SQL) has to announce it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef

from commerce.catalog.models import Product
from commerce.search.documents import Document, documents_of
from commerce.search.models import IndexedProduct, IndexLock, Neighbour, Posting, Term
from commerce.search.spelling import keys_of_known
from commerce.search.text import has_spelling

T = TypeVar("T")

SCAN_PRODUCTS = 500
INSERT_ROWS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindexed:
    """How many products were scanned, and how many of them changed in the index or left it."""

    scanned: int
    changed: int
    removed: int


def reindex_changed() -> Reindexed:
    """Find every product that is not indexed as it is, and index it. A scan without changes writes nothing."""
    scanned = changed = removed = position = 0
    while products := list(Product.objects.filter(pk__gt=position).order_by("pk")[:SCAN_PRODUCTS]):
        position = products[-1].pk
        scanned += len(products)
        if stale := _stale(products):
            indexed = index_products(product_ids=stale)
            changed += indexed
            removed += len(stale) - indexed
    gone = IndexedProduct.objects.exclude(Exists(Product.objects.filter(pk=OuterRef("pk"))))
    while ids := list(gone.order_by("pk").values_list("pk", flat=True)[:SCAN_PRODUCTS]):
        index_products(product_ids=ids)
        removed += len(ids)
    return Reindexed(scanned=scanned, changed=changed, removed=removed)


def index_products(*, product_ids: Collection[int]) -> int:
    """Index these products as they are now, and forget those that are not on sale. Gives how many are on sale."""
    with transaction.atomic():
        IndexLock.objects.get_or_create(pk=1)
        IndexLock.objects.select_for_update().get(pk=1)
        documents = documents_of(list(Product.objects.filter(pk__in=product_ids)))
        entries = IndexedProduct.objects.in_bulk(list(product_ids))
        texts_changed = {
            product_id
            for product_id in product_ids
            if _fingerprint(documents.get(product_id)) != getattr(entries.get(product_id), "fingerprint", None)
        }
        IndexedProduct.objects.bulk_create(
            [_entry(document) for document in documents.values()],
            update_conflicts=True,
            unique_fields=["product"],
            update_fields=["category", "price", "in_stock", "title_zh", "title_en", "fingerprint"],
        )
        _replace_postings(texts_changed, [documents[pk] for pk in sorted(texts_changed) if pk in documents])
        IndexedProduct.objects.filter(pk__in=[pk for pk in product_ids if pk not in documents]).delete()
    return len(documents)


def _stale(products: list[Product]) -> list[int]:
    documents = documents_of(products)
    entries = IndexedProduct.objects.in_bulk([product.pk for product in products])
    return [product.pk for product in products if not _is_indexed(documents.get(product.pk), entries.get(product.pk))]


def _is_indexed(document: Document | None, entry: IndexedProduct | None) -> bool:
    if document is None or entry is None:
        return document is None and entry is None
    known = (entry.category_id, entry.price, entry.in_stock, entry.fingerprint)
    return known == (document.category_id, document.price, document.in_stock, document.fingerprint)


def _fingerprint(document: Document | None) -> str | None:
    return document.fingerprint if document else None


def _entry(document: Document) -> IndexedProduct:
    return IndexedProduct(
        product_id=document.product_id,
        category_id=document.category_id,
        price=document.price,
        in_stock=document.in_stock,
        title_zh=document.title_zh,
        title_en=document.title_en,
        fingerprint=document.fingerprint,
    )


def _replace_postings(product_ids: Collection[int], documents: Iterable[Document]) -> None:
    old = Posting.objects.filter(entry__in=product_ids)
    change: Counter[int] = Counter()
    change.subtract(old.values_list("term_id", flat=True))
    old.delete()
    weights = {document.product_id: document.weights() for document in documents}
    terms = _term_ids({text for each in weights.values() for text in each})
    postings = [
        Posting(term_id=terms[text], entry_id=product_id, weight=weight)
        for product_id, each in weights.items()
        for text, weight in each.items()
    ]
    Posting.objects.bulk_create(postings, batch_size=INSERT_ROWS)
    change.update(posting.term_id for posting in postings)
    by_change: defaultdict[int, list[int]] = defaultdict(list)
    for term_id, difference in change.items():
        by_change[difference].append(term_id)
    for difference, term_ids in by_change.items():
        for some in _batched(term_ids) if difference else ():
            Term.objects.filter(pk__in=some).update(products=F("products") + difference)


def _term_ids(texts: Collection[str]) -> dict[str, int]:
    """Ids by text; a term that is new is made, with the forms it may be misspelt as."""
    known: dict[str, int] = {}
    for some in _batched(sorted(texts)):
        known.update(Term.objects.filter(text__in=some).values_list("text", "pk"))
    new = [Term(text=text, is_word=has_spelling(text)) for text in sorted(set(texts) - known.keys())]
    Term.objects.bulk_create(new, batch_size=INSERT_ROWS)
    forms = [Neighbour(key=key, term=term) for term in new if term.is_word for key in keys_of_known(term.text)]
    Neighbour.objects.bulk_create(forms, batch_size=INSERT_ROWS)
    return known | {term.text: term.pk for term in new}


def _batched(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """SQLite takes no more than about thirty thousand values a statement."""
    return (values[at : at + INSERT_ROWS] for at in range(0, len(values), INSERT_ROWS))


def analyse() -> None:
    """Tell PostgreSQL how often each term stands in the index: after thousands of changes its plans depend on it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE commerce_search_posting, commerce_search_indexedproduct, commerce_search_term")
