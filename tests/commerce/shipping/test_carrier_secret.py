from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from commerce.shipping.carriers.webhook import secret_of


def test_a_carrier_s_secret_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("carrier_secret", "sf")
    assert capsys.readouterr().out.strip() == secret_of("sf")
    with pytest.raises(CommandError, match="ems"):
        call_command("carrier_secret", "pigeon")
