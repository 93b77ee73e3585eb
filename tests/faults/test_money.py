"""A thousand lives of an order, in whatever order things happen."""

from __future__ import annotations

import pytest

from tests.commerce.payments import test_machine
from tests.commerce.payments.test_machine import providers

__all__ = ["providers"]
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600), pytest.mark.long]


def test_every_order_of_things_ends_well() -> None:
    test_machine.run(examples=1000)
