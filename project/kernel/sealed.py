"""Personal data at rest: JSON sealed with Fernet (AES-128-CBC and HMAC-SHA256), keys from `settings.SEAL_KEYS`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _box(*keys: str) -> MultiFernet:
    """The first key seals; all of them open, so that keys can be rotated."""
    return MultiFernet([Fernet(key) for key in keys])


def seal(value: Any) -> str:
    return _box(*settings.SEAL_KEYS).encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()


def unseal(sealed: str) -> Any:
    """Raises `cryptography.fernet.InvalidToken` when no key opens it."""
    return json.loads(_box(*settings.SEAL_KEYS).decrypt(sealed.encode()))


class SealedJSONField(models.TextField[Any, Any]):
    """A JSON value that the database never sees in the clear; it cannot be searched."""

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else unseal(value)

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else seal(value)
