"""What one person does about another. Everything is idempotent: what is so already stays so, and is not announced.

Both standings are locked first, so that nothing else between the two happens meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from community.accounts.models import User
from community.accounts.selectors import card
from community.notices import services as notices
from community.notices.content import Content
from community.social.cards import StandingCard
from community.social.errors import Blocked, ListFull
from community.social.events import (
    BlockAdded,
    BlockRemoved,
    FollowAdded,
    FollowRemoved,
    FriendAccepted,
    FriendDeclined,
    FriendRemoved,
    FriendRequested,
    FriendWithdrawn,
    RelationEvent,
    StandingCounted,
)
from community.social.models import Block, Follow, FriendRequest, Friendship, Standing
from community.social.selectors import Relation, relation, request_between, standing_card
from project.kernel import rows
from project.kernel.errors import Forbidden, Invalid, NotFound
from project.kernel.events import Event
from project.realtime.outbox import publish_on_commit

MOST_FOLLOWING = 5000
MOST_FRIENDS = 5000
MOST_REQUESTS = 200


@dataclass(slots=True, kw_only=True)
class _Pair:
    """Two people whose standings are locked. `relation` is what `other` is to `own`."""

    own: Standing
    other: Standing
    relation: Relation
    told_last: StandingCard

    def refuse_blocked(self) -> None:
        if self.relation.blocked:
            raise Blocked
        if self.relation.blocked_by:
            raise Forbidden

    def become(self, now: Relation, event: type[RelationEvent], told: type[RelationEvent] | None = None) -> Relation:
        """Save and announce what the two are now: `event` on the own side, `told` on the other one.

        Where nothing has changed for the other side, nothing is said there: a block is not announced.
        """
        self.relation = now
        changed = [self.own]
        if told or standing_card(self.other) != self.told_last:
            changed.append(self.other)
        for standing in changed:
            standing.version += 1
        Standing.objects.bulk_update(changed, ["followers", "following", "friends", "requests", "version", "stirred"])
        publish_on_commit(self._seen(event), *([self._told(told)] if self.other in changed else []))
        return now

    def _seen(self, event: type[RelationEvent]) -> Event:
        return event(
            user_to=self.own.pk,
            person=card(self.relation.user),
            relation=self.relation.card,
            standing=standing_card(self.own),
        )

    def _told(self, event: type[RelationEvent] | None) -> Event:
        standing = standing_card(self.other)
        seen = self.relation.card_for_the_other
        if event is None:
            return StandingCounted(user_to=self.other.pk, person=self.own.pk, relation=seen, standing=standing)
        me = card(User.objects.get(pk=self.own.pk))
        return event(user_to=self.other.pk, person=me, relation=seen, standing=standing)


def _lock(user_id: int, other_id: int) -> _Pair:
    """Raises Invalid for oneself, NotFound."""
    if user_id == other_id:
        raise Invalid(fields={"user": ["oneself"]})
    ids = [user_id, other_id]
    known = Standing.objects.filter(pk__in=ids).count() == 2
    if not known and User.objects.filter(pk__in=ids, is_active=True).count() < 2:
        raise NotFound
    standings = rows.locked(Standing, ids)
    own, other = standings[user_id], standings[other_id]
    return _Pair(own=own, other=other, relation=relation(user_id, other_id), told_last=standing_card(other))


@transaction.atomic
def follow(*, user_id: int, other_id: int) -> Relation:
    """Raises Invalid for oneself, NotFound, Blocked, Forbidden, ListFull."""
    pair = _lock(user_id, other_id)
    if pair.relation.following:
        return pair.relation
    pair.refuse_blocked()
    if pair.own.following >= MOST_FOLLOWING:
        raise ListFull(detail={"most": MOST_FOLLOWING})
    Follow.objects.create(follower_id=user_id, followee_id=other_id)
    pair.own.following += 1
    pair.other.followers += 1
    pair.other.stirred = True
    return pair.become(pair.relation._replace(following=True), FollowAdded)


@transaction.atomic
def unfollow(*, user_id: int, other_id: int) -> Relation:
    """Raises Invalid for oneself, NotFound."""
    pair = _lock(user_id, other_id)
    if not pair.relation.following:
        return pair.relation
    _end_follow(pair.own, pair.other)
    return pair.become(pair.relation._replace(following=False), FollowRemoved)


@transaction.atomic
def ask(*, user_id: int, other_id: int) -> Relation:
    """Ask to become friends. Who is asked already by the other says yes by it.

    Raises Invalid for oneself, NotFound, Blocked, Forbidden, ListFull.
    """
    pair = _lock(user_id, other_id)
    if pair.relation.friends or pair.relation.request == "sent":
        return pair.relation
    pair.refuse_blocked()
    if pair.relation.request == "received":
        return _befriend(pair)
    if FriendRequest.objects.filter(sender=user_id).count() >= MOST_REQUESTS:
        raise ListFull(detail={"most": MOST_REQUESTS})
    request = FriendRequest.objects.create(sender_id=user_id, recipient_id=other_id)
    pair.other.requests += 1
    notices.notify(user_ids=[other_id], kind="friend_request", key=_key_of(request), content=Content(people=[user_id]))
    return pair.become(pair.relation._replace(request="sent"), FriendRequested, FriendRequested)


@transaction.atomic
def accept(*, user_id: int, other_id: int) -> Relation:
    """Say yes to the other's request. Raises Invalid for oneself, NotFound (also without a request), ListFull."""
    pair = _lock(user_id, other_id)
    if pair.relation.friends:
        return pair.relation
    if pair.relation.request != "received":
        raise NotFound
    return _befriend(pair)


@transaction.atomic
def decline(*, user_id: int, other_id: int) -> Relation:
    """Say no to the other's request. Raises Invalid for oneself, NotFound."""
    pair = _lock(user_id, other_id)
    if pair.relation.request != "received":
        return pair.relation
    _end_request(pair)
    return pair.become(pair.relation._replace(request=None), FriendDeclined, FriendDeclined)


@transaction.atomic
def withdraw(*, user_id: int, other_id: int) -> Relation:
    """Take one's own request back. Raises Invalid for oneself, NotFound."""
    pair = _lock(user_id, other_id)
    if pair.relation.request != "sent":
        return pair.relation
    _end_request(pair)
    return pair.become(pair.relation._replace(request=None), FriendWithdrawn, FriendWithdrawn)


@transaction.atomic
def unfriend(*, user_id: int, other_id: int) -> Relation:
    """Raises Invalid for oneself, NotFound."""
    pair = _lock(user_id, other_id)
    if not pair.relation.friends:
        return pair.relation
    _end_friendship(pair)
    return pair.become(pair.relation._replace(friends=False), FriendRemoved, FriendRemoved)


@transaction.atomic
def block(*, user_id: int, other_id: int) -> Relation:
    """Ends follows both ways, friendship and open requests. The other is told of what ended, and not why.

    Raises Invalid for oneself, NotFound.
    """
    pair = _lock(user_id, other_id)
    before = pair.relation
    if before.blocked:
        return before
    told: type[RelationEvent] | None = None
    if before.following:
        _end_follow(pair.own, pair.other)
    if before.followed_by:
        _end_follow(pair.other, pair.own)
        told = FollowRemoved
    if before.request:
        _end_request(pair)
        told = FriendWithdrawn if before.request == "sent" else FriendDeclined
    if before.friends:
        _end_friendship(pair)
        told = FriendRemoved
    Block.objects.create(blocker_id=user_id, blocked_id=other_id)
    return pair.become(
        pair.relation._replace(following=False, followed_by=False, request=None, friends=False, blocked=True),
        BlockAdded,
        told,
    )


@transaction.atomic
def unblock(*, user_id: int, other_id: int) -> Relation:
    """What the block ended does not come back. Raises Invalid for oneself, NotFound."""
    pair = _lock(user_id, other_id)
    if not pair.relation.blocked:
        return pair.relation
    Block.objects.filter(blocker=user_id, blocked=other_id).delete()
    return pair.become(pair.relation._replace(blocked=False), BlockRemoved)


MOST_STIRRED = 500


def tell_of_followers() -> int:
    """Tell everyone whom somebody new follows, each in one notice; returns how many people were told."""
    stirred = list(Standing.objects.filter(stirred=True).values_list("pk", flat=True)[:MOST_STIRRED])
    for user_id in stirred:
        _tell_of_followers(user_id)
    return len(stirred)


@transaction.atomic
def _tell_of_followers(user_id: int) -> None:
    standing = Standing.objects.select_for_update().get(pk=user_id)
    # Follows of one person get their numbers under the lock of that person's standing: none is missed.
    fresh = Follow.objects.filter(followee=user_id, pk__gt=standing.told).order_by("-pk")
    newest = fresh.values_list("pk", "follower_id")[: notices.MOST_NAMED]
    if newest:
        last, _ = newest[0]
        notices.gather(
            user_id=user_id,
            kind="follow",
            key=f"follow:{last}",
            people=[follower_id for _, follower_id in newest],
            count=fresh.count(),
        )
        standing.told = last
    standing.stirred = False
    standing.save(update_fields=["stirred", "told"])


def _befriend(pair: _Pair) -> Relation:
    if max(pair.own.friends, pair.other.friends) >= MOST_FRIENDS:
        raise ListFull(detail={"most": MOST_FRIENDS})
    # Both inboxes in their order, before one of them is written to.
    notices.open_inboxes([pair.own.pk, pair.other.pk])
    _end_request(pair)
    low, high = sorted([pair.own.pk, pair.other.pk])
    friendship = Friendship.objects.create(low_id=low, high_id=high)
    notices.notify(
        user_ids=[pair.other.pk],
        kind="friend_accepted",
        key=f"friend_accepted:{friendship.pk}",
        content=Content(people=[pair.own.pk]),
    )
    pair.own.friends += 1
    pair.other.friends += 1
    return pair.become(pair.relation._replace(friends=True, request=None), FriendAccepted, FriendAccepted)


def _end_follow(follower: Standing, followee: Standing) -> None:
    Follow.objects.filter(follower=follower.pk, followee=followee.pk).delete()
    follower.following -= 1
    followee.followers -= 1


def _end_request(pair: _Pair) -> None:
    asked = pair.other if pair.relation.request == "sent" else pair.own
    request = request_between(pair.own.pk, pair.other.pk).get()
    notices.retract(user_id=asked.pk, key=_key_of(request))
    request.delete()
    asked.requests -= 1


def _key_of(request: FriendRequest) -> str:
    return f"friend_request:{request.pk}"


def _end_friendship(pair: _Pair) -> None:
    low, high = sorted([pair.own.pk, pair.other.pk])
    Friendship.objects.filter(Q(low=low, high=high)).delete()
    pair.own.friends -= 1
    pair.other.friends -= 1
