from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.response import Response

from commerce.idempotency.models import IdempotencyRecord
from commerce.idempotency.services import KEPT_FOR, TAKEN_OVER_AFTER, begin, forget, forget_old, keep
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.errors import InProgress, KeyReused
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user()


def start(user: User, *, body: object = None, path: str = "/api/test/") -> IdempotencyRecord:
    return begin(user_id=user.pk, scope="test", key="k", path=path, body=body or {"a": 1, "b": 2})


def age(by: timedelta) -> None:
    IdempotencyRecord.objects.update(started_at=now() - by - timedelta(seconds=1))


def test_the_order_of_fields_does_not_make_another_body(user: User) -> None:
    keep(start(user), Response({"made": 1}, status=201))
    found = start(user, body={"b": 2, "a": 1})
    assert (found.status, found.answer) == (201, {"made": 1})
    with pytest.raises(KeyReused):
        start(user, body={"a": 1, "b": 3})


def test_the_same_body_elsewhere_is_another_request(user: User) -> None:
    keep(start(user), Response({"made": 1}, status=201))
    with pytest.raises(KeyReused):
        start(user, path="/api/other/")


def test_a_key_is_free_again_after_a_refusal(user: User) -> None:
    forget(start(user))
    assert start(user, body={"another": "body"}).status is None


def test_a_request_that_died_is_taken_over_and_cannot_answer_any_more(user: User) -> None:
    died = start(user)
    with pytest.raises(InProgress):
        start(user)
    age(TAKEN_OVER_AFTER)
    heir = start(user)
    with pytest.raises(InProgress):
        start(user)
    with pytest.raises(InProgress):
        keep(died, Response({"by": "the dead"}, status=201))
    forget(died)
    keep(heir, Response({"by": "the heir"}, status=201))
    assert start(user).answer == {"by": "the heir"}


def test_answers_are_forgotten_in_time(user: User) -> None:
    keep(start(user), Response({}, status=201))
    assert forget_old() == 0
    age(KEPT_FOR)
    assert forget_old() == 1
    assert not IdempotencyRecord.objects.exists()
