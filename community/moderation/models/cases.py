from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from community.moderation.models.sanctions import NOTE_LENGTH, SCOPE_LENGTH, Sanction


class Case(models.Model):
    """A thing that was reported, or that a rule flagged: one open case a thing, however many report it.

    `copy` is what it looked like when the case was opened. `weight` and `reports` sum up the rows of `Report`.
    `version` is issued under the row's lock.
    """

    class State(models.TextChoices):
        OPEN = "open"
        DECIDED = "decided"

    target = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    scope = models.CharField(max_length=SCOPE_LENGTH)
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    copy = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    weight = models.FloatField(default=0)
    reports = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=list)
    rule = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    # The first thing that was done about it, by reports or by a moderator.
    first_action_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=8, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["target"], condition=Q(state="open"), name="one_open_case_a_thing"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-weight", "id"], name="cases_by_weight"),
            models.Index(fields=["scope", "state"], name="cases_by_scope"),
            models.Index(fields=["opened_at"], name="cases_by_age"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.target}"


class Report(models.Model):
    """Somebody says that something is wrong. `weight` is what that person's word counted then."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="all_reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=16)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    weight = models.FloatField()
    at = models.DateTimeField()
    # Whether a moderator saw it like that; null until the case is decided.
    upheld = models.BooleanField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "reporter"], name="one_report_a_person_and_case"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["reporter", "at"], name="reports_of_a_person"),
            models.Index(fields=["at"], name="reports_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.reporter_id} reports case {self.case_id}"


class Decision(models.Model):
    """What a moderator made of a case. While it is fresh, it can be undone: then the case is open again."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decisions")
    action = models.CharField(max_length=8)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    sanction = models.ForeignKey(Sanction, null=True, on_delete=models.SET_NULL, related_name="+")
    # Whether the thing went out of sight with it.
    hid = models.BooleanField(default=False)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.action} of case {self.case_id}"
