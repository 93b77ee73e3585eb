from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import Complaints, executable, running_chromium

RESULTS = Path(__file__).parent.parent.parent / "test-results"


@pytest.fixture(autouse=True)
def _needs_the_built_pages() -> None:
    from django.conf import settings

    if not (settings.FRONTEND_DIST / "shop.html").exists():
        pytest.fail("the front end is not built: make frontend")


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A browser for one test. Make rows before it: Playwright's loop runs in this thread, where Django then refuses."""
    if executable() is None:
        pytest.fail("there is no Chromium on this machine: make chromium")
    expect.set_options(timeout=20_000)
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()
