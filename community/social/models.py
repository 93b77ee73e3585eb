from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

# PROTECT: an account is closed, not deleted; a row that went with it would leave the counts of others wrong.


class Standing(models.Model):
    """How a person stands with others, counted. `requests`: those that wait for this person's answer.

    Whoever changes anything between two people locks the rows of both, in ascending order, and issues their next
    `version`: so counts are exact, and nobody is a friend and blocked at once.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="standing"
    )
    followers = models.PositiveIntegerField(default=0)
    following = models.PositiveIntegerField(default=0)
    friends = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)
    # Somebody new follows, and no notice has told of it yet; `told` is the last follow of which one has.
    stirred = models.BooleanField(default=False)
    told = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user"], condition=Q(stirred=True), name="standings_stirred")]

    def __str__(self) -> str:
        return f"standing of {self.user_id}, version {self.version}"


class Follow(models.Model):
    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="follows", db_index=False
    )
    followee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="followed", db_index=False
    )
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            # In this order, it is also how all followers of somebody are walked through.
            models.UniqueConstraint(fields=["followee", "follower"], name="one_follow_per_pair"),
            models.CheckConstraint(condition=~Q(follower=F("followee")), name="nobody_follows_oneself"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["followee", "-id"], name="newest_followers"),
            models.Index(fields=["follower", "-id"], name="newest_follows"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followee_id}"


class FriendRequest(models.Model):
    """One that waits for an answer: answered or withdrawn, the row goes."""

    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="requests_sent")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="requests_received")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Least("sender", "recipient"), Greatest("sender", "recipient"), name="one_open_request_per_pair"
            ),
            models.CheckConstraint(condition=~Q(sender=F("recipient")), name="nobody_asks_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.sender_id} asks {self.recipient_id}"


class Friendship(models.Model):
    """Of two people; `low` is the one with the smaller id."""

    low = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    high = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["low", "high"], name="one_friendship_per_pair"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="friends_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.low_id} and {self.high_id}"


class Block(models.Model):
    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="one_block_per_pair"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="nobody_blocks_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"
