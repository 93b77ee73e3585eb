from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from community.accounts.models import User

PASSWORD = "a-good-password-1"


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _media_in_tmp(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def lin(db: None) -> User:
    return User.objects.create_user("lin@example.com", PASSWORD, display_name="小林")


@pytest.fixture
def mia(db: None) -> User:
    return User.objects.create_user("mia@example.com", PASSWORD, display_name="Mia")
