from __future__ import annotations

import pytest

from chat.conversations import lines
from chat.conversations.models import Group
from chat.conversations.services import create_group, join_group
from community.accounts.models import User
from tests.support.factories import make_user


@pytest.fixture(autouse=True)
def groups_say_nothing_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the numbers of messages are those of what people say; `test_lines.py` lets them speak."""
    monkeypatch.setattr(lines, "_writer", lines._nobody)


@pytest.fixture
def ann(db: None) -> User:
    return make_user(display_name="Ann")


@pytest.fixture
def bo(db: None) -> User:
    return make_user(display_name="Bo")


@pytest.fixture
def cy(db: None) -> User:
    return make_user(display_name="Cy")


@pytest.fixture
def group(ann: User) -> Group:
    """Ann's group, open to everyone."""
    return create_group(founder_id=ann.pk, title="Tea friends")


@pytest.fixture
def group_of_two(group: Group, bo: User) -> Group:
    join_group(user_id=bo.pk, group_id=group.pk)
    group.refresh_from_db()
    return group
