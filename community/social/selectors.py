"""Who follows, knows and blocks whom. What others may do because of it: `visibility`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from community.accounts.models import Role, User
from community.accounts.selectors import card, has_role
from community.social.cards import ProfileCard, RelationCard, RequestSide, StandingCard
from community.social.models import Block, Follow, FriendRequest, Friendship, Standing
from project.kernel.errors import NotFound


class Relation(NamedTuple):
    """What `user` is to somebody: as `RelationCard`, and whether `user` has blocked that somebody."""

    user: User
    following: bool
    followed_by: bool
    friends: bool
    request: RequestSide | None
    blocked: bool
    blocked_by: bool

    @property
    def card(self) -> RelationCard:
        return {
            "following": self.following,
            "followed_by": self.followed_by,
            "friends": self.friends,
            "request": self.request,
            "blocked": self.blocked,
        }

    @property
    def card_for_the_other(self) -> RelationCard:
        return {
            "following": self.followed_by,
            "followed_by": self.following,
            "friends": self.friends,
            "request": self.request and ("received" if self.request == "sent" else "sent"),
            "blocked": self.blocked_by,
        }


def relations(user_id: int, among: Collection[int]) -> dict[int, Relation]:
    """What each of `among` is to the user, by user id. An id without an open account is missing. One query."""
    other = OuterRef("pk")
    found = User.objects.filter(pk__in=set(among), is_active=True).annotate(
        following=Exists(Follow.objects.filter(follower=user_id, followee=other)),
        followed_by=Exists(Follow.objects.filter(follower=other, followee=user_id)),
        befriended=Exists(Friendship.objects.filter(Q(low=user_id, high=other) | Q(low=other, high=user_id))),
        asked=Exists(FriendRequest.objects.filter(sender=user_id, recipient=other)),
        asking=Exists(FriendRequest.objects.filter(sender=other, recipient=user_id)),
        blocked=Exists(Block.objects.filter(blocker=user_id, blocked=other)),
        blocked_by=Exists(Block.objects.filter(blocker=other, blocked=user_id)),
    )
    return {
        user.pk: Relation(
            user=user,
            following=user.following,
            followed_by=user.followed_by,
            friends=user.befriended,
            request="sent" if user.asked else "received" if user.asking else None,
            blocked=user.blocked,
            blocked_by=user.blocked_by,
        )
        for user in found
    }


def relation(user_id: int, other_id: int) -> Relation:
    """Raises NotFound."""
    found = relations(user_id, [other_id]).get(other_id)
    if found is None:
        raise NotFound
    return found


def is_following(*, follower_id: int, followee_id: int) -> bool:
    return Follow.objects.filter(follower=follower_id, followee=followee_id).exists()


def are_friends(a: int, b: int) -> bool:
    return Friendship.objects.filter(low=min(a, b), high=max(a, b)).exists()


def friends_among(user_id: int, among: Collection[int]) -> set[int]:
    """Those of `among` who are friends of the user."""
    between = Q(low=user_id, high__in=among) | Q(high=user_id, low__in=among)
    pairs = Friendship.objects.filter(between).values_list("low_id", "high_id")
    return {high if low == user_id else low for low, high in pairs}


def blocked_between(a: int, b: int) -> bool:
    """Whether one of the two has blocked the other."""
    return Block.objects.filter(Q(blocker=a, blocked=b) | Q(blocker=b, blocked=a)).exists()


def blocked_among(user_id: int, among: Collection[int]) -> set[int]:
    """Those of `among` whom the user has blocked. One query."""
    return set(Block.objects.filter(blocker=user_id, blocked__in=among).values_list("blocked_id", flat=True))


def blockers_among(user_id: int, among: Collection[int]) -> set[int]:
    """Those of `among` who have blocked the user. One query."""
    return set(Block.objects.filter(blocked=user_id, blocker__in=among).values_list("blocker_id", flat=True))


def apart_among(user_id: int, among: Collection[int]) -> set[int]:
    """Those of `among` with whom there is a block, whoever made it. One query."""
    between = Q(blocker=user_id, blocked__in=among) | Q(blocked=user_id, blocker__in=among)
    pairs = Block.objects.filter(between).values_list("blocker_id", "blocked_id")
    return {blocked if blocker == user_id else blocker for blocker, blocked in pairs}


def apart_from(user_ids: Collection[int], among: QuerySet[Any, int]) -> dict[int, set[int]]:
    """With whom `among` those ids there is a block, whoever made it, of each user who has one. One query."""
    ids, found = set(user_ids), dict[int, set[int]]()
    between = Q(blocker__in=ids, blocked__in=among) | Q(blocked__in=ids, blocker__in=among)
    for blocker, blocked in Block.objects.filter(between).values_list("blocker_id", "blocked_id"):
        for one, other in ((blocker, blocked), (blocked, blocker)):
            if one in ids:
                found.setdefault(one, set()).add(other)
    return found


def apart_pairs(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the pairs between whom there is a block, whoever made it. One query."""
    people = {person for pair in pairs for person in pair}
    blocks = set(Block.objects.filter(blocker__in=people, blocked__in=people).values_list("blocker_id", "blocked_id"))
    return {(a, b) for a, b in pairs if (a, b) in blocks or (b, a) in blocks}


def followers_of(user_id: int, *, after: int = 0, most: int = 1000) -> list[int]:
    """Ids of followers in ascending order, beginning behind the id `after`: to walk through all of them in pieces."""
    follows = Follow.objects.filter(followee=user_id, follower__gt=after)
    return list(follows.order_by("follower_id").values_list("follower_id", flat=True)[:most])


def followers_among(user_id: int, among: Collection[int]) -> set[int]:
    """Those of `among` who follow the user. One query."""
    return set(Follow.objects.filter(followee=user_id, follower__in=among).values_list("follower_id", flat=True))


def standing_card(standing: Standing) -> StandingCard:
    return {
        "followers": standing.followers,
        "following": standing.following,
        "friends": standing.friends,
        "requests": standing.requests,
        "version": standing.version,
    }


def nobody() -> StandingCard:
    """Of who never had anything to do with anybody."""
    return standing_card(Standing())


def standings(user_ids: Collection[int]) -> dict[int, StandingCard]:
    """By user id, for the snapshots of `user:<id>`; those of whom `nobody` is true are left out. One query."""
    return {standing.pk: standing_card(standing) for standing in Standing.objects.filter(pk__in=user_ids)}


def profile_of(user_id: int, *, viewer_id: int | None) -> ProfileCard:
    """What `viewer_id` (None for a guest) sees of somebody. Three queries. Raises NotFound."""
    if viewer_id is None or viewer_id == user_id:
        user, between = User.objects.filter(pk=user_id, is_active=True).first(), None
        if user is None:
            raise NotFound
    else:
        between = relation(viewer_id, user_id)
        user = between.user
    standing = Standing.objects.filter(pk=user_id).first() or Standing()
    return {
        **card(user),
        "bio": user.bio,
        "is_host": has_role(user_id, Role.Name.HOST),
        "followers": standing.followers,
        "following": standing.following,
        "relation": between.card if between else None,
    }


def followers(user_id: int) -> QuerySet[Follow]:
    """Rows have `other_id`, as those of the other lists; closed accounts are left out."""
    return Follow.objects.filter(followee=user_id, follower__is_active=True).annotate(other_id=F("follower_id"))


def following(user_id: int) -> QuerySet[Follow]:
    return Follow.objects.filter(follower=user_id, followee__is_active=True).annotate(other_id=F("followee_id"))


def friendships_of(user_id: int) -> QuerySet[Friendship]:
    # The sum of both less one's own.
    other = F("low_id") + F("high_id") - user_id
    own = Q(low=user_id) | Q(high=user_id)
    return Friendship.objects.filter(own, low__is_active=True, high__is_active=True).annotate(other_id=other)


def requests_received(user_id: int) -> QuerySet[FriendRequest]:
    return FriendRequest.objects.filter(recipient=user_id, sender__is_active=True).annotate(other_id=F("sender_id"))


def requests_sent(user_id: int) -> QuerySet[FriendRequest]:
    return FriendRequest.objects.filter(sender=user_id, recipient__is_active=True).annotate(other_id=F("recipient_id"))


def request_between(a: int, b: int) -> QuerySet[FriendRequest]:
    return FriendRequest.objects.filter(Q(sender=a, recipient=b) | Q(sender=b, recipient=a))


def blocked_by(user_id: int) -> QuerySet[Block]:
    return Block.objects.filter(blocker=user_id, blocked__is_active=True).annotate(other_id=F("blocked_id"))


def close_to(user_id: int) -> set[int]:
    """Whom the user follows or is friends with: nobody with whom there is a block, which ends both. Two queries."""
    followed = following(user_id).values_list("followee_id", flat=True)
    pairs = friendships_of(user_id).values_list("low_id", "high_id")
    return {*followed, *(id for pair in pairs for id in pair)} - {user_id}


class Row(NamedTuple):
    """Somebody in a list."""

    relation: Relation
    since: object


def rows(user_id: int, page: Sequence[Follow | Friendship | FriendRequest | Block]) -> list[Row]:
    """The people of a page of one of the lists above, in its order. One query."""
    ids: list[int] = [row.other_id for row in page]  # type: ignore[union-attr]
    found = relations(user_id, ids)
    return [Row(found[id], row.since) for id, row in zip(ids, page, strict=True) if id in found]
