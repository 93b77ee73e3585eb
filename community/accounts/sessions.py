"""The session store: Django's database store, which also knows whose a session is and says when one has ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db.models import QuerySet

from community.accounts import services
from community.accounts.models import Session, public_id_of
from project.kernel.clock import now
from project.kernel.queries import compiled


@compiled
def _live_session(key: str, moment: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=moment)


class SessionStore(DatabaseSessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        row.public_id = public_id_of(row.session_key)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row

    def _get_session_from_db(self) -> Session | None:
        found = _live_session(self.session_key, now()) if self.session_key else []
        if not found:
            self._session_key = None
            return None
        return found[0]

    def delete(self, session_key: str | None = None) -> None:
        """The one way in which a session ends before its time, whoever ends it."""
        key = session_key or self.session_key
        if key is not None:
            services.end_session(session_key=key)
