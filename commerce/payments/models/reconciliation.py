"""What providers say of a day beside what our ledger says, and what people made of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from commerce.payments.models.ledger import LedgerEntry


class ReconciliationDay(models.Model):
    """A day of a provider's books: how the last try to compare it went, and when the next one is.

    `compared_at` is when it was compared last; later tries that failed have changed nothing since. `streak` counts the
    tries that went the same way in a row. `next_try_at` is None when nothing is tried by itself any more.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        COMPARED = "compared"
        # The provider does not answer, or has no statement of the day yet.
        UNAVAILABLE = "unavailable"
        # What came is no statement, or not all of one.
        UNREADABLE = "unreadable"
        # Something of ours broke.
        FAILED = "failed"

    provider = models.CharField(max_length=20)
    day = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    problem = models.CharField(max_length=200, blank=True)
    tries = models.PositiveIntegerField(default=0)
    streak = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "day"], name="one_day_per_provider"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["day"], name="reconciliation_days"),
            models.Index(
                fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="reconciliation_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.day}: {self.state}"


class ReconciliationTry(models.Model):
    """Append-only: one try to compare a day; `by` is who asked for it, None when its time had come."""

    day = models.ForeignKey(ReconciliationDay, on_delete=models.CASCADE, related_name="attempts")
    state = models.CharField(max_length=12, choices=ReconciliationDay.State.choices)
    problem = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "reconciliation tries"

    def __str__(self) -> str:
        return f"{self.day_id} at {self.at}: {self.state}"


class Movement(models.Model):
    """What the two sides say, in minor units: None is nothing. `theirs` is all that the statement has under the key,
    None also when that is of several currencies; `times` is how often it has it, and `entries` each of them
    (`{"amount", "currency"}`) where it is more than once."""

    class Result(models.TextChoices):
        OK = "ok"
        WE_MISS = "we_miss"
        THEY_MISS = "they_miss"
        AMOUNT_DIFFERS = "amount_differs"
        DUPLICATE = "duplicate"

    result = models.CharField(max_length=20, choices=Result.choices)
    ours = models.PositiveBigIntegerField(null=True)
    ours_currency = models.CharField(max_length=3, blank=True)
    theirs = models.PositiveBigIntegerField(null=True)
    theirs_currency = models.CharField(max_length=3, blank=True)
    times = models.PositiveIntegerField(default=0)
    entries = models.JSONField(default=list)

    class Meta:
        abstract = True


class ReconciliationRow(Movement):
    """What a provider's statement of a day and the ledger say about one movement of money, side by side.

    It says so since `found_at`; `healed_at` is when a difference went away, `checked_at` when somebody looked at what
    is said now.
    """

    provider = models.CharField(max_length=20)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=LedgerEntry.Kind.choices)
    key = models.CharField(max_length=64, db_index=True)
    made_at = models.DateTimeField(auto_now_add=True)
    found_at = models.DateTimeField(db_default=Now())
    healed_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "day", "kind", "key"], name="one_row_per_movement"),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "result"], name="reconciliation_by_day")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day} {self.key}: {self.result}"


class ReconciliationChange(Movement):
    """Append-only: what a row said before, from `since` until `at`."""

    row = models.ForeignKey(ReconciliationRow, on_delete=models.CASCADE, related_name="changes")
    since = models.DateTimeField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.row_id}: {self.result} until {self.at}"


class ReconciliationNote(models.Model):
    """Append-only: somebody checked a row by hand, and what came of it. `result` is what the row said then."""

    row = models.ForeignKey(ReconciliationRow, on_delete=models.PROTECT, related_name="notes")
    result = models.CharField(max_length=20, choices=Movement.Result.choices)
    text = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.row_id}: {self.text}"
