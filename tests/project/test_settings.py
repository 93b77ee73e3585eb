"""What the shop's settings take from the environment, and what they refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from project.settings.shop import currency, whole_number


@pytest.mark.parametrize(("text", "read"), [("1", 1), (" 600 ", 600), ("900", 900), ("", 60), (None, 60)])
def test_a_whole_number_or_its_default(monkeypatch: pytest.MonkeyPatch, text: str | None, read: int) -> None:
    monkeypatch.delenv("HOLD_SECS", raising=False)
    if text is not None:
        monkeypatch.setenv("HOLD_SECS", text)
    assert whole_number("HOLD_SECS", 60, least=1, most=900) == read


@pytest.mark.parametrize("text", ["0", "901", "-5", "1.5", "ten", "1e2", "1_0", "６０", "0x10", "9" * 30, "NaN"])
def test_what_is_no_such_number_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HOLD_SECS", text)
    with pytest.raises(ImproperlyConfigured, match=r"^HOLD_SECS must be a whole number from 1 to 900, not ") as refusal:
        whole_number("HOLD_SECS", 60, least=1, most=900)
    assert str(refusal.value).endswith(repr(text))


@pytest.mark.parametrize("text", ["cny", "CN", "CNYX", "¥", "人民币", "C N"])
def test_what_is_no_currency_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DEFAULT_CURRENCY", text)
    with pytest.raises(ImproperlyConfigured, match="DEFAULT_CURRENCY must be an ISO 4217 code such as CNY"):
        currency("DEFAULT_CURRENCY", "CNY")


def started_with(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    names = ("DEFAULT_CURRENCY", "HOLD_SECS", "ORDER_UNPAID_SECS", "FREIGHT_MINOR")
    show = f"from django.conf import settings; print(*(getattr(settings, name) for name in {names}))"
    known = {**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "project.settings"}
    return subprocess.run(
        [sys.executable, "-c", show], env=known | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_process_takes_them_from_its_environment(tmp_path: Path) -> None:
    wanted = {"DEFAULT_CURRENCY": "EUR", "HOLD_SECS": "30", "ORDER_UNPAID_SECS": "60", "FREIGHT_MINOR": "600"}
    assert started_with(tmp_path, **wanted).stdout.split() == ["EUR", "30", "60", "600"]


def test_a_process_does_not_start_with_a_bad_one(tmp_path: Path) -> None:
    ended = started_with(tmp_path, FREIGHT_MINOR="6.00")
    assert ended.returncode != 0
    assert "FREIGHT_MINOR must be a whole number from 0 to 1000000000, not '6.00'" in ended.stderr
