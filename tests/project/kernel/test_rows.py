"""Rows inserted by the thousand are what `bulk_create` would have written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from typing import NamedTuple

import pytest
from django.db import IntegrityError, transaction

from commerce.flash_sales.models import Allotment, Claim, NewClaim
from commerce.inventory.models import StockMovement
from community.accounts.models import Role
from community.notices.models import Inbox
from project.kernel import rows
from project.kernel.clock import now
from project.kernel.rows import insert, matching
from tests.support.factories import make_sale, make_sku, make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db
FIELDS = ("sku_id", "kind", "quantity", "reference", "reason", "by_id", "at")


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
    claims = [
        new_claim(allotment, shopper_id=make_user().pk, position=position, key=key)
        for position, key in enumerate(keys, 1)
    ]
    insert(Claim, claims)
    ids = [row.id for row in claims]
    assert ids == sorted(set(ids))
    for row in claims:
        found = Claim.objects.get(pk=row.id)
        assert NewClaim(**{name: getattr(found, name) for name in NewClaim.__struct_fields__}) == row
        assert (found.paying_since, found.settled_at) == (None, None)


def test_a_row_that_breaks_a_constraint_leaves_none():
    allotment = make_sale().allotments.get()
    shopper_id = make_user().pk
    claims = [new_claim(allotment, shopper_id=shopper_id, position=place, key=f"k{place}") for place in (1, 2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Claim, claims)
    assert not Claim.objects.exists()


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert(Claim, [])


def test_one_row_is_what_save_would_have_written():
    sku = make_sku(stock=0)
    movement = StockMovement(sku=sku, kind="receive", quantity=3, reference="a")
    rows.add(movement)
    found = StockMovement.objects.get(pk=movement.pk)
    assert {field: getattr(found, field) for field in FIELDS} == {field: getattr(movement, field) for field in FIELDS}
    # What the database gave is there.
    assert abs(movement.at - now()) < timedelta(minutes=1)
    movement.quantity = 4
    movement.save()
    assert StockMovement.objects.get().quantity == 4


def test_a_row_whose_key_is_there_is_not_added_and_breaks_nothing():
    sku = make_sku(stock=0)
    assert rows.add_new(StockMovement(sku=sku, kind="receive", quantity=3, reference="a"))
    again = StockMovement(sku=sku, kind="receive", quantity=5, reference="a")
    assert not rows.add_new(again)
    assert again.pk is None
    assert rows.add_new(StockMovement(sku=sku, kind="receive", quantity=3, reference="b"))
    assert list(StockMovement.objects.order_by("pk").values_list("reference", "quantity")) == [("a", 3), ("b", 3)]


def test_of_several_rows_all_are_added_or_none():
    skus = [make_sku(stock=0) for _ in range(3)]

    def wanted() -> list[StockMovement]:
        return [StockMovement(sku=sku, kind="receive", quantity=1, reference="a") for sku in skus]

    rows.add(wanted()[1])
    before = list(StockMovement.objects.values())
    assert not rows.add_new(*wanted())
    assert list(StockMovement.objects.values()) == before
    StockMovement.objects.all().delete()
    made = wanted()
    assert rows.add_new(*made)
    assert list(StockMovement.objects.order_by("pk")) == made


def test_rows_are_added_in_their_order_and_removed():
    skus = [make_sku(stock=0) for _ in range(5)]
    made = [
        StockMovement(sku=sku, kind="receive", quantity=number, reference="a") for number, sku in enumerate(skus, 1)
    ]
    rows.add(*made)
    assert [(one.pk, one.quantity) for one in made] == list(
        StockMovement.objects.order_by("pk").values_list("pk", "quantity")
    )
    rows.remove(*made[:3])
    rows.remove(made[3])
    assert StockMovement.objects.get() == made[4]


@pytest.mark.postgres
def test_several_rows_are_one_statement(django_assert_num_queries):
    sku = make_sku(stock=0)
    made = [StockMovement(sku=sku, kind="receive", quantity=1, reference=reference) for reference in ("a", "b")]
    with django_assert_num_queries(2):
        rows.add(*made)
        rows.remove(*made)
    again = StockMovement(sku=sku, kind="receive", quantity=1, reference="c")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.add(again, StockMovement(sku=sku, kind="receive", quantity=1, reference="c"))
    assert not StockMovement.objects.exists()


class RoleKey(NamedTuple):
    user_id: int
    name: str


def test_rows_are_found_by_all_columns_together():
    ann, bo, cy = make_user(roles=["host", "moderator"]), make_user(roles=["host", "moderator"]), make_user()
    wanted = {
        RoleKey(ann.pk, "host"),
        RoleKey(bo.pk, "moderator"),
        RoleKey(cy.pk, "host"),
        RoleKey(ann.pk, 'it\'s "%s"'),
    }
    found = matching(Role, wanted)
    assert {(role.user_id, role.name) for role in found} == {(ann.pk, "host"), (bo.pk, "moderator")}


def test_a_key_that_is_longer_than_its_column_is_not_cut_to_fit():
    ann, longest = make_user(), "x" * Role._meta.get_field("name").max_length
    Role.objects.create(user=ann, name=longest)
    assert not matching(Role, [RoleKey(ann.pk, longest + "y")]).exists()
    assert matching(Role, [RoleKey(ann.pk, longest)]).exists()


def test_nothing_asked_for_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert list(matching(Role, [])) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_rows_that_many_make_and_lock_at_once():
    """Overlapping sets, each of rows that are there and rows that are not: nobody waits for ever, none is missed."""
    people = [make_user().pk for _ in range(8)]
    wanted = [chosen for size in (2, 3, 5) for chosen in combinations(people, size)]

    def count_up(chosen: Sequence[int]) -> bool:
        with transaction.atomic():
            inboxes = rows.locked(Inbox, chosen[::-1])
            for inbox in inboxes.values():
                inbox.version += 1
            Inbox.objects.bulk_update(inboxes.values(), ["version"])
        return list(inboxes) == list(chosen)

    for round in range(5):
        Inbox.objects.filter(pk__in=people[round % 2 :: 2]).delete()
        before = dict.fromkeys(people, 0) | dict(Inbox.objects.values_list("pk", "version"))
        calls = [lambda chosen=chosen: count_up(chosen) for chosen in wanted[round::5] * 2]  # type: ignore[misc]
        assert at_once(calls) == {True: len(calls)}
        counted = Counter(id for chosen in wanted[round::5] * 2 for id in chosen)
        assert dict(Inbox.objects.values_list("pk", "version")) == {id: before[id] + counted[id] for id in people}
