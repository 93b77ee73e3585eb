from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def sandbox(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    settings.SANDBOX_WEBHOOK_SECRET = "a secret of the sandbox"
