"""What was compared before days had a state is kept as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from commerce.payments.models import ReconciliationDay, ReconciliationRow
from tests.support.migrating import migrated_back

APP = "commerce_payments"
DAY = date(2026, 11, 1)
SAID = {
    "ok": (100, 100),
    "we_miss": (None, 200),
    "they_miss": (300, None),
    "amount_differs": (400, 401),
    "duplicate": (500, 1000),
}


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_keep_what_they_said_on_the_way_there_and_back() -> None:
    at = datetime(2026, 11, 2, 4, tzinfo=UTC)
    with migrated_back((APP, "0006_top_ups")) as then:
        row = then.get_model(APP, "ReconciliationRow")
        for result, (ours, theirs) in SAID.items():
            row.objects.create(
                provider="stripe", day=DAY, kind="paid", key=result, result=result, ours=ours, theirs=theirs,
                currency="CNY",
            )  # fmt: skip
        row.objects.update(made_at=at)
        before = list(row.objects.order_by("pk").values())
    found = {one.key: one for one in ReconciliationRow.objects.all()}
    assert {key: (one.ours_currency, one.theirs_currency, one.times) for key, one in found.items()} == {
        "ok": ("CNY", "CNY", 1),
        "we_miss": ("", "CNY", 1),
        "they_miss": ("CNY", "", 0),
        "amount_differs": ("CNY", "CNY", 1),
        "duplicate": ("CNY", "CNY", 2),
    }
    assert {key: (one.result, one.ours, one.theirs) for key, one in found.items()} == {
        result: (result, *said) for result, said in SAID.items()
    }
    assert {(one.found_at, one.healed_at, one.checked_at) for one in found.values()} == {(at, None, None)}
    # Compared, and left alone.
    day = ReconciliationDay.objects.get()
    assert (day.provider, day.day, day.state, day.compared_at) == ("stripe", DAY, "compared", at)
    assert (day.tried_at, day.next_try_at) == (at, None)
    with migrated_back((APP, "0006_top_ups")) as then:
        assert list(then.get_model(APP, "ReconciliationRow").objects.order_by("pk").values()) == before
