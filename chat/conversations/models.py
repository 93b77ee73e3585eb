from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

TITLE_LENGTH = 60
ANNOUNCEMENT_LENGTH = 1000
QUESTION_LENGTH = 200
ANSWER_LENGTH = 300


class Conversation(models.Model):
    """A place where messages stand in one gapless order: the room of a show, a group or a direct chat.

    Its row's lock is the first one that is taken, in ascending order of id, by whoever changes it, its group or direct
    chat, or who is a member: what is said and who may say it have one order.
    """

    class Kind(models.TextChoices):
        SHOW = "show"
        GROUP = "group"
        DM = "dm"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    last_seq = models.PositiveBigIntegerField(default=0)
    # Counts messages and every change of one: who knows the number of the last one misses nothing.
    last_change = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} conversation {self.pk}"


class Group(models.Model):
    """A group chat, `group:<conversation id>`. `version` is issued under the conversation's lock."""

    class JoinPolicy(models.TextChoices):
        OPEN = "open"
        APPROVAL = "approval"
        QUESTION = "question"
        INVITE = "invite"

    class MentionAll(models.TextChoices):
        """Who may call everybody."""

        MANAGERS = "managers"
        EVERYONE = "everyone"

    class History(models.TextChoices):
        """What newcomers may read: all of it, or what was said since they joined."""

        ALL = "all"
        SINCE_JOINING = "since_joining"

    conversation = models.OneToOneField(Conversation, primary_key=True, on_delete=models.CASCADE, related_name="group")
    title = models.CharField(max_length=TITLE_LENGTH)
    picture = models.ImageField(upload_to="groups/", blank=True)
    announcement = models.CharField(max_length=ANNOUNCEMENT_LENGTH, blank=True)
    announced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    announced_at = models.DateTimeField(null=True, blank=True)
    join_policy = models.CharField(max_length=10, choices=JoinPolicy.choices, default=JoinPolicy.OPEN)
    question = models.CharField(max_length=QUESTION_LENGTH, blank=True)
    mention_all = models.CharField(max_length=10, choices=MentionAll.choices, default=MentionAll.MANAGERS)
    history = models.CharField(max_length=14, choices=History.choices, default=History.ALL)
    capacity = models.PositiveIntegerField()
    member_count = models.PositiveIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)
    # Dissolved, for good.
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(member_count__lte=F("capacity")), name="group_within_capacity"),
        ]

    def __str__(self) -> str:
        return self.title


class DirectChat(models.Model):
    """What two people say to each other, `dm:<conversation id>`; one chat a pair.

    `requested_by` is the stranger who opened it, until the other one accepts. `version` is issued under the
    conversation's lock.
    """

    conversation = models.OneToOneField(Conversation, primary_key=True, on_delete=models.CASCADE, related_name="direct")
    low = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    high = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The request is out of the recipient's sight; who asked is not told.
    declined_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["low", "high"], name="one_direct_chat_per_pair"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="direct_chat_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.low_id} and {self.high_id}"

    def has(self, user_id: int) -> bool:
        return user_id in (self.low_id, self.high_id)

    def other_than(self, user_id: int) -> int:
        return self.high_id if user_id == self.low_id else self.low_id


class Member(models.Model):
    """Somebody in a group or a direct chat; who leaves has no row. Its `id` grows with each joining.

    `read_seq` is the highest message read; `muted`: this person is not called for it. `version` counts the changes of
    the row.
    """

    class Role(models.IntegerChoices):
        """In the order of the member list."""

        OWNER = 0
        MANAGER = 1
        MEMBER = 2

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField()
    joined_seq = models.PositiveBigIntegerField(default=0)
    read_seq = models.PositiveBigIntegerField(default=0)
    muted = models.BooleanField(default=False)
    pinned_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "user"], name="one_membership_per_person"),
            models.UniqueConstraint(fields=["conversation"], condition=Q(role=0), name="one_owner_per_conversation"),
        ]
        indexes: ClassVar = [models.Index(fields=["conversation", "role", "id"], name="members_in_order")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id}"


class Invite(models.Model):
    """A link into a group, whatever its policy. Never expires or has no end of uses where that is null."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="invites")
    code = models.CharField(max_length=32, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(uses__lte=F("max_uses")), name="invite_within_uses"
            ),
        ]

    def __str__(self) -> str:
        return f"invite into {self.group_id}"


class JoinRequest(models.Model):
    """Somebody would like to join; managers decide. One waits per person and group."""

    class State(models.TextChoices):
        PENDING = "pending"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    answer = models.CharField(max_length=ANSWER_LENGTH, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "user"], condition=Q(state="pending"), name="one_pending_join_request"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["group", "state", "id"], name="join_requests_in_order")]

    def __str__(self) -> str:
        return f"{self.user_id} asks to join {self.group_id}: {self.state}"
