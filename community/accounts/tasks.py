from typing import Any

from celery import shared_task

from community.accounts.sessions import SessionStore

BEAT: dict[str, Any] = {
    "clear-expired-sessions": {"task": "community.accounts.tasks.clear_expired_sessions", "schedule": 24 * 3600.0},
}


@shared_task
def clear_expired_sessions() -> None:
    SessionStore.clear_expired()
