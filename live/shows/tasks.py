from typing import Any

from celery import shared_task

from live.shows import services


@shared_task(ignore_result=True)
def forget_like_tallies() -> None:
    services.forget_like_tallies()


BEAT: dict[str, Any] = {
    "forget-like-tallies": {"task": "live.shows.tasks.forget_like_tallies", "schedule": 3600.0},
}
