"""The published JavaScript SDK in Node, JSON and Protobuf: what pages do, without a page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.conformance import conformance_server
from tests.support.valkey import PrivateValkey

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("javascript_sdk.mjs")


@pytest.mark.parametrize("form", ["json", "protobuf"])
def test_all_that_a_page_does(tmp_path: Path, valkey: PrivateValkey, form: str) -> None:
    promised = re.findall(r"^  async '(.+)'\(\)", SCRIPT.read_text(), re.MULTILINE)
    with conformance_server(tmp_path, valkey.url) as port:
        node = [str(ROOT / "deploy/tools/with-node"), "node", "--experimental-websocket"]
        arguments = [str(SCRIPT), str(ROOT / "frontend" / "node_modules"), str(port), form]
        done = subprocess.run([*node, *arguments], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert re.findall(r"^ok (.+)$", done.stdout, re.MULTILINE) == promised
