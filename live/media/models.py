from django.db import models

from live.shows.models import Show


class Stream(models.Model):
    """How video of a show comes in. The key itself is known to the host alone; `key_hash` is its SHA-256.

    `publisher` names the connection that holds the key's lease, which `last_seen_at` renews. `live_since` is set while
    viewers can watch: from the first segment of a show on air until the picture has been away for a while.
    """

    show = models.OneToOneField(Show, on_delete=models.CASCADE, related_name="stream")
    key_hash = models.CharField(max_length=64, blank=True, db_index=True)
    key_hint = models.CharField(max_length=8, blank=True)
    publisher = models.CharField(max_length=32, blank=True)
    live_since = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    health = models.JSONField(default=dict, blank=True)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"stream of show {self.show_id}"
