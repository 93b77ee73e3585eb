from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def can_be_paid(sandbox: None) -> None: ...
