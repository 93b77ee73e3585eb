"""An inverted index in plain tables, the same on PostgreSQL and SQLite. Everything here can be made again from the
catalogue: `manage.py reindex_products`.
"""

from typing import ClassVar

from django.db import models

from commerce.catalog.models import Category, Product
from commerce.search.spelling import PREFIX
from commerce.search.text import TERM_LENGTH


class IndexLock(models.Model):
    """One row, locked by whoever writes the index: counts of terms stay right, and nobody waits in a circle."""

    def __str__(self) -> str:
        return "index"


class Term(models.Model):
    """A word or a pair of characters, and how many products can be found under it."""

    text = models.CharField(max_length=TERM_LENGTH, unique=True)
    products = models.PositiveIntegerField(default=0)
    # Whether it is a word: those are offered while one types.
    is_word = models.BooleanField()

    def __str__(self) -> str:
        return self.text


class Neighbour(models.Model):
    """A form of a word with letters left out; see `spelling`."""

    key = models.CharField(max_length=PREFIX)
    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="neighbours")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "term"], name="one_neighbour_per_key")]

    def __str__(self) -> str:
        return self.key


class IndexedProduct(models.Model):
    """A product on sale as the index knows it: what it was indexed from, and what results are narrowed and sorted by.

    `price` is the lowest, in minor units. The titles are folded, for suggestions.
    """

    # No constraint in the database: a product that is deleted leaves its row to the next scan, which counts anew.
    product = models.OneToOneField(
        Product, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    category = models.ForeignKey(
        Category, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    price = models.PositiveBigIntegerField()
    in_stock = models.BooleanField()
    title_zh = models.CharField(max_length=120, db_index=True)
    title_en = models.CharField(max_length=120, db_index=True)
    fingerprint = models.CharField(max_length=32)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["category", "price"], name="search_category_price"),
            models.Index(fields=["category", "product"], name="search_category_newest"),
        ]

    def __str__(self) -> str:
        return str(self.product_id)


class Posting(models.Model):
    """A term that a product can be found under, and how much that says about the product."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, db_index=False, related_name="postings")
    entry = models.ForeignKey(
        IndexedProduct, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="postings"
    )
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "term"], name="one_posting_per_term")]
        # All that a search reads: the table itself is not touched.
        indexes: ClassVar = [models.Index(fields=["term", "entry", "weight"], name="search_postings")]

    def __str__(self) -> str:
        return f"{self.term_id} in {self.entry_id}"
