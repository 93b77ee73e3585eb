"""Which kinds of notices there are, and which of them nobody can do without."""

from __future__ import annotations

from typing import get_args

from community.notices.cards import NoticeKind

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
# What only staff is told.
FOR_STAFF: frozenset[NoticeKind] = frozenset({"stock"})
# Whoever is restricted has to be told.
ALWAYS_ON: frozenset[NoticeKind] = frozenset({"sanction"})
