from __future__ import annotations

from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from pytest_django.fixtures import DjangoAssertNumQueries

from commerce.catalog.models import Category, Product, Sku
from commerce.inventory.models import StockMovement
from commerce.search import services
from commerce.search.bits import last, present
from commerce.search.index import Index
from commerce.search.models import IndexedProduct, Posting, Word
from commerce.search.services import Reindexed, index_products, reindex_changed
from commerce.search.tasks import BEAT, SCANNING
from project.celery import app as celery
from project.kernel.terms import is_word
from tests.commerce.search.conftest import Put


def index_now() -> dict[str, set[int]]:
    """Products by term; asserts that words are counted right."""
    index = Index(Posting.objects.values_list("text", flat=True))
    found: dict[str, set[int]] = {}
    for text in Posting.objects.exclude(text__startswith=":").values_list("text", flat=True).distinct():
        bits = present(index.column(text))
        found[text] = {index.product_at(position) for position in last(bits, bits.bit_count())}
    words = {text: len(products) for text, products in found.items() if is_word(text)}
    assert dict(Word.objects.filter(products__gt=0).values_list("text", "products")) == words
    return found


def test_a_scan_finds_every_kind_of_change_once(put: Put) -> None:
    cup = put("杯", "Cup")
    bowl = put("碗", "Bowl")
    assert reindex_changed() == Reindexed(scanned=2, changed=2, removed=0)
    assert reindex_changed() == Reindexed(scanned=2, changed=0, removed=0)

    Product.objects.filter(pk=cup.pk).update(title_en="Mug")
    Category.objects.filter(pk=bowl.category_id).update(name_en="Dinner")
    assert reindex_changed() == Reindexed(scanned=2, changed=2, removed=0)
    found = index_now()
    assert (found["mug"], found["dinner"], "cup" in found) == ({cup.pk}, {bowl.pk}, False)

    Sku.objects.filter(product=bowl).update(price=1)
    assert reindex_changed().changed == 1
    assert IndexedProduct.objects.get(pk=bowl.pk).price == 1


def test_what_leaves_the_shop_leaves_the_index(put: Put) -> None:
    hidden, retired, deleted, kept = (put("杯", "Cup") for _ in range(4))
    reindex_changed()
    Product.objects.filter(pk=hidden.pk).update(visible=False)
    Sku.objects.filter(product=retired).update(sellable=False)
    StockMovement.objects.filter(sku__product=deleted).delete()
    deleted.delete()
    assert reindex_changed() == Reindexed(scanned=3, changed=0, removed=3)
    assert index_now()["cup"] == {kept.pk}
    assert list(IndexedProduct.objects.values_list("pk", flat=True)) == [kept.pk]
    Product.objects.filter(pk=hidden.pk).update(visible=True)
    assert reindex_changed() == Reindexed(scanned=3, changed=1, removed=0)
    assert index_now()["cup"] == {hidden.pk, kept.pk}


def test_a_scan_goes_on_over_batches(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "READ_PRODUCTS", 2)
    monkeypatch.setattr(services, "ROWS", 3)
    made = {put("杯", f"Cup {n}").pk for n in range(5)}
    assert reindex_changed() == Reindexed(scanned=5, changed=5, removed=0)
    assert index_now()["cup"] == made


def test_indexing_twice_is_indexing_once(put: Put) -> None:
    cup = put("杯", "Cup")
    assert index_products(product_ids=[cup.pk]) == 1
    before = index_now()
    assert index_products(product_ids=[cup.pk]) == 1
    assert index_now() == before


def test_a_scan_without_changes_only_reads(put: Put, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        put("杯", "Cup")
    reindex_changed()
    # Where products are; which; their SKUs, stock, categories and texts; entries; that there are no more of either.
    with django_assert_num_queries(10):
        reindex_changed()


def test_the_command_says_what_it_did(put: Put) -> None:
    put("杯", "Cup")
    out = StringIO()
    call_command("reindex_products", stdout=out)
    assert out.getvalue() == "1 products scanned, 1 indexed, 0 removed\n"


def test_beat_names_a_task_that_scans_unless_another_scan_is_under_way(put: Put) -> None:
    (entry,) = BEAT.values()
    put("杯", "Cup")
    assert cache.add(SCANNING, True)
    celery.tasks[entry["task"]].apply(throw=True)
    assert index_now() == {}
    cache.delete(SCANNING)
    for name in ("Mug", "Bowl"):
        put("杯", name)
        celery.tasks[entry["task"]].apply(throw=True)
        assert {"cup", name.lower()} <= index_now().keys()
