"""Top-ups of another amount than was ordered, decided in the studio."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from commerce.payments.models import SandboxCharge, TopUp, TopUpDecision
from commerce.payments.port import ProviderUnavailable
from commerce.payments.sandbox.provider import SandboxProvider
from community.accounts.models import User
from tests.commerce.payments.test_misfits import booked, came_in, state
from tests.support.buying import api, deliver
from tests.support.factories import make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db
TOP_UPS = "/api/studio/money/top-ups/"
CREDIT = {"way": "credited", "reason": "Paid 45 by hand.", "amount": 4500, "currency": "CNY"}
SEND_BACK = {**CREDIT, "way": "sent_back"}


@pytest.fixture(autouse=True)
def offered(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]


@pytest.fixture
def clerk() -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def odd() -> TopUp:
    """50.00 were ordered, 45.00 came in, and the provider has said so."""
    top_up = came_in(4500)
    deliver(SandboxCharge.objects.get())
    return top_up


def post(who: User, top_up: TopUp | int, body: Any, key: str = "k") -> Any:
    pk = top_up if isinstance(top_up, int) else top_up.pk
    return api(who).post(f"{TOP_UPS}{pk}/decide/", body, format="json", headers={"Idempotency-Key": key})


def listed(who: User) -> list[Any]:
    rows: list[Any] = api(who).get(TOP_UPS).json()["results"]
    return rows


def test_what_came_in_is_credited_once_however_often_it_is_asked(odd: TopUp, clerk: User) -> None:
    (row,) = listed(clerk)
    assert (row["id"], row["number"], row["user"], row["provider"]) == (
        odd.pk,
        odd.number,
        odd.user.display_name,
        "sandbox",
    )
    assert (row["ordered"]["amount"], row["came_in"]["amount"], row["decision"]) == (5000, 4500, None)
    first = post(clerk, odd, CREDIT)
    assert (first.status_code, first.json()["decision"]["by_id"]) == (200, clerk.pk)
    assert post(clerk, odd, CREDIT).json() == first.json()
    assert (state(odd), booked(), listed(clerk)) == (("succeeded", 4500), [("paid", 4500)], [])
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["credited 4500 CNY: Paid 45 by hand."]
    # Another of the staff learns who was faster; the other way is not open any more.
    late = post(make_user(is_staff=True, is_superuser=True), odd, {**CREDIT, "reason": "Me too."})
    assert (late.status_code, late.json()["decision"]) == (200, first.json()["decision"])
    refused = post(clerk, odd, SEND_BACK, key="other")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "top_up_over")
    assert (state(odd), LogEntry.objects.count()) == (("succeeded", 4500), 1)


def test_what_goes_back_is_listed_until_the_provider_has_it(
    odd: TopUp, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise ProviderUnavailable

    with monkeypatch.context() as during:
        during.setattr(SandboxProvider, "refund", lost)
        assert post(clerk, odd, SEND_BACK).status_code == 503
    (row,) = listed(clerk)
    assert (row["decision"]["way"], row["decision"]["done_at"]) == ("sent_back", None)
    other = make_user(is_staff=True, is_superuser=True)
    assert post(clerk, odd, CREDIT, key="other").status_code == 409
    # Whoever tries again, under the same key or another, goes on with what was decided.
    assert post(other, odd, SEND_BACK).json()["decision"]["done_at"]
    assert post(clerk, odd, SEND_BACK).status_code == 200
    assert (state(odd), listed(clerk)) == (("closed", 0), [])
    assert (booked(), SandboxCharge.objects.get().refunded) == ([("paid", 4500), ("refunded", 4500)], 4500)


def test_what_was_not_seen_is_not_decided(odd: TopUp, clerk: User) -> None:
    for seen in ({"amount": 4400}, {"currency": "USD"}):
        answer = post(clerk, odd, {**CREDIT, **seen})
        assert (answer.status_code, answer.json()["error"]) == (409, {"code": "changed_meanwhile"})
    SandboxCharge.objects.update(amount=4000)
    assert post(clerk, odd, CREDIT).status_code == 409
    (row,) = listed(clerk)
    assert (row["came_in"]["amount"], state(odd), booked()) == (4000, ("started", 0), [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"way": "kept"},
        {"way": ""},
        {"reason": "  "},
        {"reason": "x" * 201},
        {"amount": 0},
        {"amount": "x"},
        {"amount": 2**63},
        {"currency": "yuan"},
        {"currency": ""},
    ],
)
def test_a_bad_form_decides_nothing(odd: TopUp, clerk: User, wrong: dict[str, Any]) -> None:
    answer = post(clerk, odd, {**CREDIT, **wrong})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, list(wrong))
    assert post(clerk, odd, {name: CREDIT[name] for name in CREDIT if name not in wrong}).status_code == 400
    assert post(clerk, odd, CREDIT, key="").status_code == 400
    assert (state(odd), booked(), TopUpDecision.objects.count()) == (("started", 0), [], 0)


@pytest.mark.parametrize("id", [0, 2**63, 10**40])
def test_what_nobody_has_is_not_decided(clerk: User, id: int) -> None:
    assert post(clerk, id, CREDIT).status_code == 404


def test_only_who_may_decides(odd: TopUp) -> None:
    clerk = make_user(is_staff=True)
    assert api(clerk).get(TOP_UPS).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_topup"))
    clerk = User.objects.get(pk=clerk.pk)
    assert len(listed(clerk)) == 1
    for who in (clerk, odd.user):
        assert post(who, odd, CREDIT).status_code == 403
    assert APIClient().get(TOP_UPS).status_code == 401
    clerk.user_permissions.add(Permission.objects.get(codename="change_topup"))
    assert post(User.objects.get(pk=clerk.pk), odd, CREDIT).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [CREDIT, SEND_BACK])
def test_of_two_at_once_one_decides(odd: TopUp, second: dict[str, Any]) -> None:
    clerks = [make_user(is_staff=True, is_superuser=True) for _ in range(2)]
    bodies = (CREDIT, second)

    def decide(at: int) -> tuple[int, int | None]:
        answer = post(clerks[at], odd, {**bodies[at], "reason": f"clerk {at}"})
        return answer.status_code, (answer.json().get("decision") or {}).get("by_id")

    answers = at_once([lambda: decide(0), lambda: decide(1)])
    made = TopUpDecision.objects.get()
    assert clerks.index(made.by) == int(made.reason.removeprefix("clerk "))
    if second is CREDIT:
        # Both are told the same: who it was.
        assert answers == {(200, made.by_id): 2}
    else:
        assert answers == {(200, made.by_id): 1, (409, None): 1}
    came, gone = ("paid", 4500), ("refunded", 4500)
    if made.way == "credited":
        assert (state(odd), booked()) == (("succeeded", 4500), [came])
    else:
        assert (state(odd), booked()) == (("closed", 0), [came, gone])
    assert LogEntry.objects.count() == 1
