"""Keeping the index like the catalogue. A scan compares all products with what was indexed, so that no way of changing
one (a form, a bulk update, SQL) has to announce it.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from commerce.catalog.models import Product
from commerce.search.blocks import BLOCK, changed
from commerce.search.documents import Document, documents_of, weights_of
from commerce.search.models import CATEGORY, IN_STOCK, PRICE, IndexedProduct, IndexLock, Neighbour, Posting, Word
from commerce.search.spelling import keys_of_known
from project.kernel.terms import has_spelling, is_word

T = TypeVar("T")
M = TypeVar("M", bound=Model)

# SQLite takes no more than about thirty thousand values a statement.
READ_PRODUCTS = 500
KNOWN = Document._fields
ROWS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindexed:
    """How many products were scanned, and how many of them changed in the index or left it."""

    scanned: int
    changed: int
    removed: int


def reindex_changed() -> Reindexed:
    """Find every product that is not indexed as it is, and index it. A scan without changes writes nothing."""
    scanned = indexed = removed = 0
    position = -1
    while (block := _block_behind(position)) is not None:
        ids = list(_in_block(Product, block).order_by("pk").values_list("pk", flat=True))
        documents = _documents(ids)
        entries = {pk: Document(*known) for pk, *known in _in_block(IndexedProduct, block).values_list("pk", *KNOWN)}
        stale = sorted(pk for pk in {*documents, *entries} if documents.get(pk) != entries.get(pk))
        if stale:
            _write(block, {pk: documents.get(pk) for pk in stale})
        scanned += len(ids)
        indexed += sum(pk in documents for pk in stale)
        removed += sum(pk not in documents for pk in stale)
        position = (block + 1) * BLOCK - 1
    return Reindexed(scanned=scanned, changed=indexed, removed=removed)


def index_products(*, product_ids: Collection[int]) -> int:
    """Index these products as they are now, and forget those that are not on sale. Gives how many are on sale."""
    ids = sorted(set(product_ids))
    documents = _documents(ids)
    for block, some in groupby(ids, key=lambda pk: pk // BLOCK):
        _write(block, {pk: documents.get(pk) for pk in some})
    return len(documents)


def analyse() -> None:
    """Tell PostgreSQL how much is in the index now."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (Posting, Word, Neighbour, IndexedProduct):
                cursor.execute(f"ANALYZE {model._meta.db_table}")


def _block_behind(product_id: int) -> int | None:
    """The next block in which there is a product, or was one."""
    behind = (
        Product.objects.filter(pk__gt=product_id).order_by("pk").values_list("pk", flat=True).first(),
        IndexedProduct.objects.filter(pk__gt=product_id).order_by("pk").values_list("pk", flat=True).first(),
    )
    return min((pk // BLOCK for pk in behind if pk is not None), default=None)


def _documents(product_ids: Sequence[int]) -> dict[int, Document]:
    documents: dict[int, Document] = {}
    for some in _batched(product_ids, READ_PRODUCTS):
        documents |= documents_of(some)
    return documents


def _write(block: int, documents: Mapping[int, Document | None]) -> None:
    """Index these products of a block, and forget those without a document."""
    known = dict(IndexedProduct.objects.filter(pk__in=list(documents)).values_list("pk", "fingerprint"))
    # Taken apart before the lock is taken.
    weights = weights_of([pk for pk, each in documents.items() if each and known.get(pk) != each.fingerprint])
    with transaction.atomic():
        IndexLock.objects.get_or_create(pk=1)
        IndexLock.objects.select_for_update().get(pk=1)
        entries = IndexedProduct.objects.in_bulk(list(documents))
        written: list[IndexedProduct] = []
        numbers: defaultdict[str, dict[int, int]] = defaultdict(dict)
        words: Counter[str] = Counter()
        for pk, document in documents.items():
            entry = entries.get(pk)
            terms = _terms(entry)
            if document is None or pk in weights:
                new: Mapping[str, int] = weights.get(pk, {})
                for term, weight in {**dict.fromkeys(terms, 0), **new}.items():
                    numbers[term][pk % BLOCK] = weight
                words.subtract(filter(is_word, terms))
                words.update(filter(is_word, new))
                terms = sorted(new)
            elif entry is None or entry.fingerprint != document.fingerprint:
                # Somebody else was here in between: the next scan compares again.
                continue
            for text, number in _values(document).items():
                numbers[text][pk % BLOCK] = number
            if document:
                written.append(
                    IndexedProduct(product_id=pk, terms=zlib.compress(" ".join(terms).encode()), **document._asdict())
                )
        _store(block, numbers)
        _count(words)
        IndexedProduct.objects.bulk_create(
            written,
            update_conflicts=True,
            unique_fields=["product"],
            update_fields=[*KNOWN, "terms"],
        )
        IndexedProduct.objects.filter(pk__in=[pk for pk, document in documents.items() if document is None]).delete()


def _values(document: Document | None) -> dict[str, int]:
    if document is None:
        return {CATEGORY: 0, PRICE: 0, IN_STOCK: 0}
    return {CATEGORY: document.category_id, PRICE: document.price, IN_STOCK: int(document.in_stock)}


def _terms(entry: IndexedProduct | None) -> list[str]:
    return zlib.decompress(entry.terms).decode().split() if entry else []


def _store(block: int, numbers: Mapping[str, Mapping[int, int]]) -> None:
    is_new = not Posting.objects.filter(text=CATEGORY, block=block).exists()
    for texts in _batched(sorted(numbers), ROWS):
        rows = Posting.objects.filter(block=block, text__in=texts)
        stored = {} if is_new else dict(rows.values_list("text", "numbers"))
        now = {text: changed(bytes(stored.get(text, b"")), numbers[text]) for text in texts}
        _upsert([value for text, data in now.items() if data for value in (text, block, data)])
        if emptied := [text for text, data in now.items() if not data]:
            rows.filter(text__in=emptied).delete()


def _upsert(values: Sequence[str | int | bytes]) -> None:
    """Postings as text, block, numbers, text, block, numbers… By the ORM, this took longer than everything else."""
    if values:
        table = connection.ops.quote_name(Posting._meta.db_table)
        rows = ", ".join(["(%s, %s, %s)"] * (len(values) // 3))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (text, block, numbers) VALUES {rows} "
                "ON CONFLICT (text, block) DO UPDATE SET numbers = excluded.numbers",
                values,
            )


def _count(words: Mapping[str, int]) -> None:
    """So many products more have these words. A word that is new is made, with the forms it may be misspelt as."""
    for texts in _batched(sorted(text for text, more in words.items() if more), ROWS):
        known = dict(Word.objects.filter(text__in=texts).values_list("text", "products"))
        written = Word.objects.bulk_create(
            [
                Word(text=text, products=known.get(text, 0) + words[text], has_spelling=has_spelling(text))
                for text in texts
            ],
            update_conflicts=True,
            unique_fields=["text"],
            update_fields=["products"],
        )
        new = [word for word in written if word.has_spelling and word.text not in known]
        forms = [Neighbour(key=key, word=word) for word in new for key in keys_of_known(word.text)]
        Neighbour.objects.bulk_create(forms, batch_size=ROWS)


def _batched(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[at : at + size] for at in range(0, len(values), size))


def _in_block(model: type[M], block: int) -> QuerySet[M]:
    return model._default_manager.filter(pk__gte=block * BLOCK, pk__lt=(block + 1) * BLOCK)
