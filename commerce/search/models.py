"""An inverted index in plain tables, the same on PostgreSQL and SQLite. Everything here can be made again from the
catalogue: `manage.py reindex_products`.
"""

from django.db import models

from commerce.catalog.models import Category, Product
from commerce.search.spelling import PREFIX
from project.kernel.terms import TERM_LENGTH

# What every product on sale has a number under, beside its terms, none of which has a colon.
CATEGORY, PRICE, IN_STOCK = ":category", ":price", ":in_stock"


class IndexLock(models.Model):
    """One row, locked by whoever writes the index: numbers stay right, and nobody waits in a circle."""

    def __str__(self) -> str:
        return "index"


class Posting(models.Model):
    """The products of a block that have a number under a text, and their numbers; see `blocks`. Under a term, the
    number is what the term weighs, and products that cannot be found under it have none.
    """

    pk = models.CompositePrimaryKey("text", "block")
    text = models.CharField(max_length=TERM_LENGTH)
    block = models.PositiveIntegerField()
    numbers = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.text} in block {self.block}"


class Word(models.Model):
    """A term that is no Chinese, and how many products can be found under it: what is offered while one types."""

    text = models.CharField(max_length=TERM_LENGTH, unique=True)
    products = models.PositiveIntegerField()
    has_spelling = models.BooleanField()

    def __str__(self) -> str:
        return self.text


class Neighbour(models.Model):
    """A form of a word with letters left out; see `spelling`."""

    pk = models.CompositePrimaryKey("key", "word")
    key = models.CharField(max_length=PREFIX)
    # Words stay: nobody looks neighbours up by them, and nothing has to hold them.
    word = models.ForeignKey(
        Word, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="neighbours"
    )

    def __str__(self) -> str:
        return self.key


class IndexedProduct(models.Model):
    """A product on sale as the index knows it: what it was indexed from, and the terms that it can be found under.

    `price` is the lowest, in minor units.
    """

    # No constraint in the database: a product that is deleted leaves its row to the next scan.
    product = models.OneToOneField(
        Product, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    category = models.ForeignKey(
        Category, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    price = models.PositiveBigIntegerField()
    in_stock = models.BooleanField()
    fingerprint = models.CharField(max_length=32)
    # Compressed, with spaces between: read only when they change.
    terms = models.BinaryField()

    def __str__(self) -> str:
        return str(self.product_id)
