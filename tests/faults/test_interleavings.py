"""Twenty thousand plans of what may happen between the stream and a client."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.project.realtime.test_interleavings import carry_out, plans, yard
from tests.project.realtime.wires import YardTopic

__all__ = ["yard"]
pytestmark = [pytest.mark.timeout(900), pytest.mark.long]


@settings(max_examples=20_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(plan=plans)
async def test_everything_that_lasts_is_heard_once_and_in_order(yard: YardTopic, plan: Any) -> None:
    await carry_out(yard, plan)
