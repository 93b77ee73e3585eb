"""What moderators and those concerned write to each other."""

from __future__ import annotations

from project.kernel.texts import kept


def tidy(text: str) -> str:
    """As `kept`, without what stands empty around it."""
    return kept(text).strip()
