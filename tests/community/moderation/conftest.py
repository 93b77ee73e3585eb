from __future__ import annotations

import pytest
from django.db import transaction

from chat.channels import posting
from chat.conversations.models import Group
from chat.conversations.services import create_group, join_group
from chat.messages.cards import MessageCard
from chat.messages.services import Draft, commit_messages
from community.accounts.models import Role, User
from live.shows import selectors as shows
from live.shows.models import Show
from project.kernel.errors import DomainError
from tests.support.factories import make_host, make_show, make_user

OLD = "2020-01-01T00:00:00Z"


@pytest.fixture
def ann(db: None) -> User:
    return _old(make_user(display_name="Ann"))


@pytest.fixture
def bo(db: None) -> User:
    return _old(make_user(display_name="Bo"))


@pytest.fixture
def cy(db: None) -> User:
    return _old(make_user(display_name="Cy"))


@pytest.fixture
def mod(db: None) -> User:
    return _old(make_user(display_name="Mod", roles=[Role.Name.MODERATOR]))


@pytest.fixture
def other_mod(db: None) -> User:
    return _old(make_user(display_name="Max", roles=[Role.Name.MODERATOR]))


@pytest.fixture
def host(db: None) -> User:
    return _old(make_host(display_name="Hal"))


@pytest.fixture
def show(host: User) -> Show:
    return make_show(host=host, title="Evening tea")


@pytest.fixture
def group(ann: User, bo: User) -> Group:
    """Ann's group, with Bo in it."""
    group = create_group(founder_id=ann.pk, title="Tea friends")
    join_group(user_id=bo.pk, group_id=group.pk)
    return group


def _old(user: User) -> User:
    User.objects.filter(pk=user.pk).update(joined_at=OLD)
    user.refresh_from_db()
    return user


def try_to_say(channel: str, author: User, text: str, key: str = "") -> MessageCard | DomainError:
    kind, _, id = channel.partition(":")
    room = shows.room_of_show(int(id)) if kind == "show" else posting.room_of_group(int(id))
    role = room.roles.get(author.pk)
    draft = Draft(channel, room.conversation_id, author.pk, role, text, key or text, room.keeper)
    with transaction.atomic():
        return commit_messages([draft])[0]


def say(channel: str, author: User, text: str, key: str = "") -> MessageCard:
    said = try_to_say(channel, author, text, key)
    assert not isinstance(said, DomainError), said
    return said
