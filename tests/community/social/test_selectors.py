from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from community.accounts.models import User
from community.social import selectors, services, visibility
from community.social.models import Follow, Standing
from tests.support.factories import make_host, make_user

pytestmark = pytest.mark.django_db

CROWD = 3000


def make_crowd(count: int) -> list[User]:
    first = User.objects.bulk_create(
        User(email=f"crowd{number}@example.com", display_name=f"C{number}", password="!") for number in range(count)
    )
    return list(first)


def test_all_followers_in_pieces() -> None:
    host, people = make_host(), make_crowd(25)
    for person in people[:23]:
        services.follow(user_id=person.pk, other_id=host.pk)
    found: list[int] = []
    while piece := selectors.followers_of(host.pk, after=found[-1] if found else 0, most=5):
        assert len(piece) <= 5
        found += piece
    assert found == [person.pk for person in people[:23]]


def test_a_host_with_many_followers_is_cheap_to_show(django_assert_num_queries: Any) -> None:
    host, *others = (make_host() for _ in range(10))
    people = make_crowd(CROWD)
    for followee in (host, *others):
        Follow.objects.bulk_create([Follow(follower=person, followee=followee) for person in people])
    Standing.objects.create(user=host, followers=CROWD)
    with django_assert_num_queries(3):
        profile = selectors.profile_of(host.pk, viewer_id=people[7].pk)
    assert (profile["followers"], profile["is_host"]) == (CROWD, True)
    assert profile["relation"] is not None
    assert profile["relation"]["following"]
    with django_assert_num_queries(1):
        assert len(selectors.followers_of(host.pk, after=people[1999].pk, most=500)) == 500
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE community_social_follow")
        query = Follow.objects.filter(followee=host, follower__gt=people[1999].pk).order_by("follower_id")
        plan = query.values_list("follower_id", flat=True)[:500].explain()
        assert "one_follow_per_pair" in plan
        assert "Sort" not in plan


def test_who_is_apart() -> None:
    me, ann, ben, cat = (make_user() for _ in range(4))
    services.block(user_id=me.pk, other_id=ann.pk)
    services.block(user_id=ben.pk, other_id=me.pk)
    everyone = [ann.pk, ben.pk, cat.pk]
    assert selectors.blocked_among(me.pk, everyone) == {ann.pk}
    assert selectors.blockers_among(me.pk, everyone) == {ben.pk}
    assert selectors.apart_among(me.pk, everyone) == {ann.pk, ben.pk}
    there = User.objects.filter(pk__in=[me.pk, ann.pk, cat.pk]).values_list("pk", flat=True)
    assert selectors.apart_from([me.pk, cat.pk], there) == {me.pk: {ann.pk}}
    assert [selectors.blocked_between(me.pk, other) for other in everyone] == [True, True, False]
    assert [selectors.blocked_between(other, me.pk) for other in everyone] == [True, True, False]
    assert visibility.mentionable(author_id=me.pk, among=everyone) == {cat.pk}
    assert visibility.present_to(viewer_id=me.pk, among=everyone) == {cat.pk}
    for other in everyone:
        free = other == cat.pk
        assert visibility.may_mention(author_id=me.pk, person_id=other) is free
        assert visibility.may_see_presence(viewer_id=other, person_id=me.pk) is free


def test_how_a_direct_message_arrives() -> None:
    ann, ben = make_user(), make_user()

    def doors() -> tuple[str, str]:
        return (
            visibility.may_dm(sender_id=ann.pk, recipient_id=ben.pk),
            visibility.may_dm(sender_id=ben.pk, recipient_id=ann.pk),
        )

    assert visibility.may_dm(sender_id=ann.pk, recipient_id=ann.pk) == "closed"
    assert doors() == ("request", "request")
    # Whom one follows may write; a follower alone may not.
    services.follow(user_id=ann.pk, other_id=ben.pk)
    assert doors() == ("request", "open")
    services.ask(user_id=ann.pk, other_id=ben.pk)
    services.accept(user_id=ben.pk, other_id=ann.pk)
    services.unfollow(user_id=ann.pk, other_id=ben.pk)
    assert doors() == ("open", "open")
    services.block(user_id=ben.pk, other_id=ann.pk)
    assert doors() == ("closed", "closed")


def test_friends_among() -> None:
    me, ann, ben, cat = (make_user() for _ in range(4))
    for friend in (ann, ben):
        services.ask(user_id=friend.pk, other_id=me.pk)
        services.accept(user_id=me.pk, other_id=friend.pk)
    assert selectors.friends_among(me.pk, [ann.pk, cat.pk, me.pk]) == {ann.pk}
