from __future__ import annotations

import pytest

from tests.support.buying import api
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
PATH = "/api/studio/people/"


def test_staff_finds_people_by_name() -> None:
    client = api(make_user(is_staff=True, display_name="Boss"))
    for name, fields in {"林小满": {}, "Ming Lin": {}, "Lina": {}, "Linus": {"is_active": False}, "100%": {}}.items():
        make_user(display_name=name, **fields)

    def found(q: str) -> list[str]:
        return [one["display_name"] for one in client.get(PATH, {"q": q}).json()]

    assert found("lin") == ["Lina", "Ming Lin"]
    assert found("小满") == ["林小满"]
    assert found("%") == ["100%"]
    assert found("nobody") == []
    assert set(client.get(PATH, {"q": "Lina"}).json()[0]) == {"id", "display_name", "avatar"}


def test_at_most_twenty_are_found() -> None:
    client = api(make_user(is_staff=True))
    for number in range(21):
        make_user(display_name=f"Lin {number:02}")
    assert [one["display_name"] for one in client.get(PATH, {"q": "Lin"}).json()] == [f"Lin {n:02}" for n in range(20)]


@pytest.mark.parametrize("q", ["", "x" * 41])
def test_a_bad_name_is_refused(q: str) -> None:
    answer = api(make_user(is_staff=True)).get(PATH, {"q": q})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["q"])


def test_nobody_else_looks_people_up() -> None:
    assert api(make_user()).get(PATH, {"q": "Lin"}).status_code == 403
