from typing import ClassVar

from django.db import models

from live.shows.models import Show


class AudienceMinute(models.Model):
    """How many people were in the room in one minute of a show; `minute` is its beginning."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="audience")
    minute = models.DateTimeField()
    viewers = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["minute"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["show", "minute"], name="one_count_per_minute"),
        ]

    def __str__(self) -> str:
        return f"{self.viewers} in show {self.show_id} at {self.minute:%F %H:%M}"
