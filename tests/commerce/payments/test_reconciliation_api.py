"""What staff with the permission see and do, and nobody else."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from commerce.payments.models import ReconciliationDay, ReconciliationNote, ReconciliationRow, Refund, SandboxCharge
from commerce.payments.port import BadStatement, StatementEntry
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services import refunds
from commerce.payments.urls import urlpatterns
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.money import Money
from tests.commerce.payments.test_partial_refunds import ask, paid_order
from tests.commerce.payments.test_reconciliation import DAY, NEXT, lose, paid_on
from tests.support.buying import api
from tests.support.comparing import compare
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
BASE = "/api/studio/reconciliation/"


def staff(*may: str) -> User:
    user = make_user(is_staff=True, display_name="Bookkeeper")
    wanted = [f"{what}_reconciliationday" for what in may]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    return user


def get(path: str, **query: Any) -> Any:
    answer: Any = api(staff("view")).get(f"{BASE}{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def everything() -> tuple[list[dict[str, Any]], int]:
    return list(ReconciliationDay.objects.values()), ReconciliationNote.objects.count()


@pytest.mark.parametrize(
    ("who", "looks", "acts"),
    [
        pytest.param(None, 401, 401, id="a guest"),
        pytest.param((), 403, 403, id="staff without the permission"),
        pytest.param(("change",), 403, None, id="staff who may act alone"),
        pytest.param(("view",), 200, 403, id="staff who may look"),
        pytest.param(("view", "change"), 200, None, id="staff who may act"),
        pytest.param("buyer", 403, 403, id="a buyer with the permission who is no staff"),
    ],
)
def test_every_door_asks_for_the_permission(who: Any, looks: int, acts: int | None) -> None:
    paid_on()
    day, row = compare(SandboxProvider(), DAY), ReconciliationRow.objects.get()
    if who is None:
        client: Any = Client()
    else:
        user = staff("view", "change") if who == "buyer" else staff(*who)
        User.objects.filter(pk=user.pk).update(is_staff=who != "buyer")
        client = api(user)
    known = {"<id:day_id>": day.pk, "<id:row_id>": row.pk}
    before, met = everything(), set()
    for pattern in urlpatterns:
        path = str(pattern.pattern)
        if not path.startswith(BASE.removeprefix("/")):
            continue
        for name, value in known.items():
            path = path.replace(name, str(value))
        view = pattern.callback.view_class  # type: ignore[union-attr]
        if hasattr(view, "get"):
            answer = client.get(f"/{path}", {"first": "2026-11-01", "last": "2026-11-05"})
            assert (path, answer.status_code) == (path, looks)
            met.add("get")
        if hasattr(view, "post"):
            answer = (
                client.post(f"/{path}", {"text": "seen"}, content_type="application/json")
                if who is None
                else (client.post(f"/{path}", {"text": "seen"}, format="json"))
            )
            if acts is not None:
                assert (path, answer.status_code) == (path, acts)
            else:
                assert answer.status_code in (201, 202)
            met.add("post")
    assert met == {"get", "post"}
    assert (everything() == before) == (acts is not None)


def test_days_say_how_they_went(monkeypatch: pytest.MonkeyPatch) -> None:
    paid_on()
    lose(paid_on(price=500))
    SandboxCharge.objects.filter(pk=paid_on(price=70).pk).update(state="closed")
    compare(SandboxProvider(), DAY)
    with monkeypatch.context() as cut:

        def broken(self: SandboxProvider, *, day: Any) -> list[StatementEntry]:
            raise BadStatement("the table has no end")

        cut.setattr(SandboxProvider, "statement", broken)
        compare(SandboxProvider(), NEXT)
    body = get("days/", until="2026-11-05", days=3)
    assert (body["first"], body["last"], body["providers"], body["may_change"]) == (
        "2026-11-03",
        "2026-11-05",
        ["sandbox"],
        False,
    )
    unread, compared = body["days"]
    assert (unread["day"], unread["state"], unread["problem"]) == ("2026-11-04", "unreadable", "the table has no end")
    assert (unread["compared_at"], sum(unread["counts"].values()), unread["waiting"]) == (None, 0, False)
    assert compared["counts"] == {"ok": 1, "we_miss": 1, "they_miss": 1, "amount_differs": 0, "duplicate": 0}
    assert (compared["healed"], compared["unchecked"]) == (0, 2)
    assert compared["gaps"] == [{"amount": 430, "currency": "CNY"}]
    detail = get(f"days/{unread['id']}/")
    assert detail["day"] == unread
    assert [(one["state"], one["problem"], one["by"]) for one in detail["tries"]] == [
        ("unreadable", "the table has no end", "")
    ]


def test_a_gap_is_what_came_in_less_what_went_back(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        StatementEntry(kind="paid", key="k1", amount=Money(500, "CNY")),
        StatementEntry(kind="refunded", key="r1", amount=Money(200, "CNY")),
        StatementEntry(kind="paid", key="k2", amount=Money(7, "USD")),
    ]
    monkeypatch.setattr(SandboxProvider, "statement", lambda self, day: entries)
    compare(SandboxProvider(), DAY)
    (day,) = get("days/", until="2026-11-03", days=1)["days"]
    assert day["gaps"] == [{"amount": 300, "currency": "CNY"}, {"amount": 7, "currency": "USD"}]


def test_rows_lead_to_the_order_and_the_payment() -> None:
    order = paid_order()
    refund = ask(order, 300, "aftersale:1")
    refunds.send_refunds()
    assert Refund.objects.get().state == "done"
    today = now().date()
    compare(SandboxProvider(), today)
    back, paid = get("rows/", first=today, last=today)["results"]
    payment = order.payments.get()
    named = {"id": order.pk, "number": order.number}
    assert (paid["kind"], paid["order"], paid["payment"], paid["refund"]) == ("paid", named, payment.pk, None)
    assert (back["kind"], back["order"], back["payment"], back["refund"]) == ("refunded", named, payment.pk, refund.pk)
    assert (back["ours"], back["theirs"]) == ({"amount": 300, "currency": "CNY"},) * 2


def test_a_payment_whose_money_we_never_saw_is_named_too() -> None:
    charge = paid_on()
    lose(charge)
    compare(SandboxProvider(), DAY)
    (row,) = get("rows/")["results"]
    assert (row["result"], row["ours"], row["order"]["number"]) == ("we_miss", None, charge.order_number)


def test_rows_are_filtered() -> None:
    first, second = paid_on(), paid_on(price=500)
    lose(second)
    compare(SandboxProvider(), DAY)
    ok, missed = first.merchant_key, second.merchant_key

    def keys(**query: Any) -> list[str]:
        return sorted(row["key"] for row in get("rows/", **query)["results"])

    assert keys() == sorted([ok, missed])
    assert keys(result="ok") == [ok]
    assert keys(result="differences") == keys(result="we_miss") == keys(unchecked="true") == [missed]
    assert keys(provider="wallet") == keys(first="2026-11-04") == keys(last="2026-11-02") == []
    assert keys(q=missed[:12]) == [missed]
    assert keys(q=first.order_number) == [ok]
    assert keys(q="%") == []


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("rows/", {"first": "x"}, "first"),
        ("rows/", {"result": "x"}, "result"),
        ("rows/", {"provider": "x"}, "provider"),
        ("days/", {"until": "0001-01-01"}, "until"),
        ("days/", {"until": "9999-12-31"}, "until"),
        ("days/", {"days": "0"}, "days"),
        ("days/", {"days": "93"}, "days"),
        ("sheet/", {}, "first"),
        ("sheet/", {"first": "2026-01-01", "last": "2026-12-31"}, "last"),
        ("sheet/", {"first": "2026-01-02", "last": "2026-01-01"}, "last"),
    ],
)
def test_what_is_asked_in_another_form_is_refused(path: str, query: dict[str, str], field: str) -> None:
    answer: Any = api(staff("view")).get(f"{BASE}{path}", query)
    assert (answer.status_code, field in answer.json()["error"]["fields"]) == (400, True)


def test_a_check_by_hand_is_kept_with_who_and_when() -> None:
    lose(paid_on())
    compare(SandboxProvider(), DAY)
    row = ReconciliationRow.objects.get()
    client = api(staff("view", "change"))
    for text in ("the provider confirms it", "booked by hand"):
        answer: Any = client.post(f"{BASE}rows/{row.pk}/notes/", {"text": text}, format="json")
        assert answer.status_code == 201
    body = get(f"rows/{row.pk}/")
    assert answer.json() == body
    assert [(one["text"], one["by"], one["result"]) for one in body["notes"]] == [
        ("the provider confirms it", "Bookkeeper", "we_miss"),
        ("booked by hand", "Bookkeeper", "we_miss"),
    ]
    assert body["row"]["checked_at"] is not None
    (day,) = get("days/", until="2026-11-03", days=1)["days"]
    assert (day["unchecked"], day["counts"]["we_miss"]) == (0, 1)
    for bad in ({}, {"text": ""}, {"text": "x" * 501}, {"text": "\x00"}):
        assert client.post(f"{BASE}rows/{row.pk}/notes/", bad, format="json").status_code == 400
    for method in (client.put, client.patch, client.delete):
        assert method(f"{BASE}rows/{row.pk}/notes/").status_code == 405
    assert ReconciliationNote.objects.count() == 2
    for unknown in (row.pk + 1, 2**63, 2**80):
        assert client.post(f"{BASE}rows/{unknown}/notes/", {"text": "x"}, format="json").status_code == 404
        assert client.post(f"{BASE}days/{unknown}/rerun/").status_code == 404


def test_a_row_tells_its_history() -> None:
    ours = lose(paid_on())
    compare(SandboxProvider(), DAY)
    ours.pk = None
    ours.save(force_insert=True)
    compare(SandboxProvider(), DAY)
    body = get(f"rows/{ReconciliationRow.objects.get().pk}/")
    assert (body["row"]["result"], body["row"]["healed_at"] is not None, body["also_on"]) == ("ok", True, [])
    (change,) = body["changes"]
    assert (change["result"], change["ours"], change["theirs"]) == (
        "we_miss",
        None,
        {"amount": 1000, "currency": "CNY"},
    )
    assert change["since"] < change["at"]


def test_another_try_is_asked_for_and_waited_for() -> None:
    day = compare(SandboxProvider(), DAY)
    who = staff("view", "change")
    answer: Any = api(who).post(f"{BASE}days/{day.pk}/rerun/")
    assert (answer.status_code, answer.json()["waiting"]) == (202, True)
    compare(SandboxProvider(), DAY)
    detail = get(f"days/{day.pk}/")
    assert (detail["day"]["waiting"], detail["tries"][0]["by"]) == (False, "Bookkeeper")


def test_a_day_that_runs_is_not_compared() -> None:
    compare(SandboxProvider(), now().date())
    day = ReconciliationDay.objects.get()
    answer: Any = api(staff("view", "change")).post(f"{BASE}days/{day.pk}/rerun/")
    assert (answer.status_code, answer.json()) == (409, {"error": {"code": "day_not_over"}})
    assert ReconciliationDay.objects.get().asked_at is None


def test_the_sheet_has_what_the_page_has(monkeypatch: pytest.MonkeyPatch) -> None:
    charge = paid_on(price=1005)
    entries = [
        StatementEntry(kind="paid", key=charge.merchant_key, amount=Money(1005, "CNY")),
        StatementEntry(kind="paid", key='=HYPERLINK("http://x")', amount=Money(300, "JPY")),
    ]
    monkeypatch.setattr(SandboxProvider, "statement", lambda self, day: entries)
    compare(SandboxProvider(), DAY)
    answer: Any = api(staff("view")).get(f"{BASE}sheet/", {"first": "2026-11-03", "last": "2026-11-03"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="reconciliation-2026-11-03-2026-11-03.csv"'
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert [(row["result"], row["ours"], row["theirs"], row["theirs_currency"]) for row in rows] == [
        ("ok", "10.05", "10.05", "CNY"),
        ("we_miss", "", "300", "JPY"),
    ]
    assert (rows[0]["order"], rows[0]["key"]) == (charge.order_number, charge.merchant_key)
    # No formula for a spreadsheet.
    assert rows[1]["key"] == '\'=HYPERLINK("http://x")'
