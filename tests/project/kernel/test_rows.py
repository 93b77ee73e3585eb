"""Rows inserted by the thousand are what `bulk_create` would have written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from commerce.flash_sales.models import Allotment, Claim, NewClaim
from project.kernel.clock import now
from project.kernel.rows import insert
from tests.support.factories import make_sale, make_user

pytestmark = pytest.mark.django_db


def new_claim(allotment: Allotment, *, shopper_id: int, position: int = 1, key: str = "k") -> NewClaim:
    moment = now()
    return NewClaim(
        sale_id=allotment.sale_id,
        allotment_id=allotment.pk,
        shopper_id=shopper_id,
        key=key,
        quantity=1,
        price=3900,
        currency="CNY",
        position=position,
        created_at=moment,
        expires_at=moment + timedelta(minutes=10),
    )


def test_each_row_gets_its_id_and_reads_back_as_it_was_given():
    allotment = make_sale().allotments.get()
    keys = ["plain", 'it\'s "quoted" \\ {and,odd}', "two\nlines\tand %s", "红色 🌶"]
    rows = [
        new_claim(allotment, shopper_id=make_user().pk, position=position, key=key)
        for position, key in enumerate(keys, 1)
    ]
    insert(Claim, rows)
    ids = [row.id for row in rows]
    assert ids == sorted(set(ids))
    for row in rows:
        found = Claim.objects.get(pk=row.id)
        assert NewClaim(**{name: getattr(found, name) for name in NewClaim.__struct_fields__}) == row
        assert (found.paying_since, found.settled_at) == (None, None)


def test_a_row_that_breaks_a_constraint_leaves_none():
    allotment = make_sale().allotments.get()
    shopper_id = make_user().pk
    rows = [new_claim(allotment, shopper_id=shopper_id, position=place, key=f"k{place}") for place in (1, 2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Claim, rows)
    assert not Claim.objects.exists()


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert(Claim, [])
