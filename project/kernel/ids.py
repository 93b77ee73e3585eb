"""Identifiers that are made here, not by the database."""

import secrets
from datetime import UTC, datetime

# No row of ours has a larger id, and no column for whole numbers takes more.
MOST_ID = 2**63 - 1


def new_key() -> str:
    """A key that nobody guesses: 128 random bits, URL-safe, 22 characters."""
    return secrets.token_urlsafe(16)


def new_number() -> str:
    """A number that people read aloud: the day and ten random digits, 18 digits in all (`202611230123456789`)."""
    return f"{datetime.now(tz=UTC):%Y%m%d}{secrets.randbelow(10**10):010d}"
