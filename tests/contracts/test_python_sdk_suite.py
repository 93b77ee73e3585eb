"""The suite that the Python SDK's own makers run against a Centrifugo, JSON and Protobuf, run against us.

It comes from the sdist of the very version in the lock file, by its hash. Two things in its text are changed: the one
address that it names, `localhost:8000`; and who shall recover is in the channel before it disconnects, which a quick
server made so by chance.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.conformance import conformance_server
from tests.support.valkey import PrivateValkey

pytestmark = [pytest.mark.once, pytest.mark.alone]

LOCK = Path(__file__).parents[2] / "requirements-dev.lock"
ADDRESS = "localhost:8000"
SUBSCRIBED = """        await sub2.subscribe()

        # Now disconnect client1"""
# Half a minute on a quiet machine; only what hangs takes longer than this.
SUITE_SECS = 600


def fetch_sdist(folder: Path) -> Path:
    """Unpack the pinned sdist; where its tests lie."""
    pinned = re.search(r"^centrifuge-python==(?:.*\\\n)+.*\n", LOCK.read_text(), re.MULTILINE)
    assert pinned, "the lock file does not name centrifuge-python"
    requirement = folder / "sdist.lock"
    requirement.write_text(pinned[0])
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "--require-hashes"]
    options = ["--no-deps", "--no-binary", ":all:", "-d", str(folder), "-r", str(requirement)]
    subprocess.run([*pip, *options], check=True)
    (archive,) = folder.glob("centrifuge_python-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / f"centrifuge_python-{version('centrifuge-python')}"


def number_of_tests(suite: Path) -> int:
    return len(re.findall(r"^    (?:async )?def test_", suite.read_text(), re.MULTILINE))


@pytest.mark.timeout(SUITE_SECS + 60)
def test_all_of_its_tests_pass(tmp_path: Path, valkey: PrivateValkey) -> None:
    folder = fetch_sdist(tmp_path)
    suite = folder / "tests" / "test_client.py"
    expected = number_of_tests(suite)
    assert expected >= 60
    with conformance_server(tmp_path, valkey.url) as port:
        assert suite.read_text().count(SUBSCRIBED) == 1
        for file in (folder / "tests").glob("*.py"):
            text = file.read_text().replace(ADDRESS, f"localhost:{port}")
            file.write_text(text.replace(SUBSCRIBED, f"        await sub1.ready()\n{SUBSCRIBED}"))
        # Its tests wait without a deadline, and log what they hear: into a file, which is there when time runs out.
        log = tmp_path / "suite.log"
        command = [sys.executable, "-W", "ignore", "-m", "unittest", "-v", "tests.test_client"]
        with log.open("w") as out, contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(command, cwd=folder, timeout=SUITE_SECS, stdout=out, stderr=out)
    said = log.read_text()[-6000:]
    assert said.rstrip().endswith("OK"), said
    assert f"Ran {expected} tests" in said, said
