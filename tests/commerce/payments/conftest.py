from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.commerce.payments.stand_ins.alipay import OURS, THEIRS
from tests.commerce.payments.stand_ins.keys import pem, public_pem
from tests.commerce.payments.stand_ins.server import StandIn, stand_in


@pytest.fixture(autouse=True)
def sandbox(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    settings.SANDBOX_WEBHOOK_SECRET = "a secret of the sandbox"


@pytest.fixture
def alipay(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    settings.PAYMENT_PROVIDERS = ["alipay"]
    with stand_in() as server:
        monkeypatch.setenv("ALIPAY_APP_ID", "2021000000000001")
        monkeypatch.setenv("ALIPAY_SELLER_ID", "2088000000000001")
        monkeypatch.setenv("ALIPAY_KEY", pem(OURS))
        monkeypatch.setenv("ALIPAY_PUBLIC_KEY", public_pem(THEIRS))
        monkeypatch.setenv("ALIPAY_GATEWAY", f"{server.url}/gateway.do")
        yield server
