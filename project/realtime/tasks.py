"""The outbox is swept by every process with open sockets; where nobody is connected, beat sees to it."""

from typing import Any

from celery import shared_task

from project.realtime import outbox


@shared_task(ignore_result=True, expires=10)
def sweep_outbox() -> None:
    outbox.sweep()


BEAT: dict[str, Any] = {
    "sweep-outbox": {"task": "project.realtime.tasks.sweep_outbox", "schedule": 5.0},
}
