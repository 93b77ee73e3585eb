from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.crowd import Crowd
from tests.support.stack import Stack
from tests.support.valkey import PrivateValkey

PROVIDERS = ["sandbox", "wallet"]


@pytest.fixture
def sandbox(settings: Any) -> None:
    """Orders can be paid."""
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    settings.SANDBOX_WEBHOOK_SECRET = "a secret of the sandbox"


@pytest.fixture(scope="session")
def a_crowd(
    django_db_setup: None, valkey_server: PrivateValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowd]:
    stack = Stack(folder=tmp_path_factory.mktemp("crowd"), valkey=valkey_server)
    stack.environment["PAYMENT_PROVIDERS"] = ",".join(PROVIDERS)
    crowd = Crowd(stack)
    yield crowd
    crowd.close()


@pytest.fixture
def crowd(a_crowd: Crowd, transactional_db: None, settings: Any) -> Iterator[Crowd]:
    """Two hundred callers on the test's database; there must be no deadlock while the test runs."""
    settings.PAYMENT_PROVIDERS = PROVIDERS
    before = a_crowd.deadlocks()
    yield a_crowd
    assert a_crowd.deadlocks() == before + a_crowd.expected_deadlocks
    a_crowd.expected_deadlocks = 0
