"""Programs are kept running, end in order, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from project.server import supervisor as module
from project.server.supervisor import Program, Supervisor

WRITES_WHEN_ENDED = """
import signal, sys, time
def end(*_):
    open("ended", "a").write(sys.argv[1] + " ")
    sys.exit()
signal.signal(signal.SIGTERM, end)
open(sys.argv[1] + ".pid", "w").write(str(__import__("os").getpid()))
while True: time.sleep(1)
"""


def python(name: str, code: str, folder: Path, **options: object) -> Program:
    return Program(name=name, argv=[sys.executable, "-c", textwrap.dedent(code), name], cwd=folder, **options)  # type: ignore[arg-type]


async def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.02)


def pid_in(path: Path) -> int:
    return int(path.read_text() or 0) if path.exists() else 0


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(log_dir=tmp_path / "log", say=said.append, environment={})


async def test_programs_end_in_the_reverse_order(supervisor: Supervisor, tmp_path: Path, said: list[str]) -> None:
    for name in ("first", "second", "third"):
        supervisor.start(python(name, WRITES_WHEN_ENDED, tmp_path))
    for name in ("first", "second", "third"):
        await wait_for(lambda name=name: pid_in(tmp_path / f"{name}.pid"))
    await supervisor.stop()
    assert (tmp_path / "ended").read_text() == "third second first "
    assert said == []


async def test_a_program_that_dies_is_started_again(supervisor: Supervisor, tmp_path: Path, said: list[str]) -> None:
    supervisor.start(python("web", WRITES_WHEN_ENDED, tmp_path))
    pid_file = tmp_path / "web.pid"
    await wait_for(lambda: pid_in(pid_file))
    first = pid_in(pid_file)
    os.kill(first, signal.SIGKILL)
    await wait_for(lambda: pid_in(pid_file) not in (0, first))
    assert said == [f"[web] ended with SIGKILL; starting it again in 1 s (see {tmp_path}/log/web.log)"]
    await supervisor.stop()
    assert not is_alive(pid_in(pid_file))


@pytest.mark.parametrize("essential", [True, False])
async def test_a_program_that_never_runs_is_given_up(
    supervisor: Supervisor, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch, essential: bool
) -> None:
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECS", 0.01)
    supervisor.start(python("web", "print('no such port'); raise SystemExit(3)", tmp_path, essential=essential))
    await wait_for(lambda: any("said last" in line for line in said))
    at = next(n for n, line in enumerate(said) if "said last" in line)
    assert said[at : at + 2] == ["[web] ended with code 3, 4 times at once. It said last:", "[web]   no such port"]
    assert (supervisor.over, supervisor.failed) == (essential, essential)
    await supervisor.stop()


async def test_what_does_not_end_is_killed(supervisor: Supervisor, tmp_path: Path, said: list[str]) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + WRITES_WHEN_ENDED.replace(
        "signal.signal(signal.SIGTERM, end)", ""
    )
    supervisor.start(python("deaf", deaf, tmp_path, stop_secs=0.2))
    await wait_for(lambda: pid_in(tmp_path / "deaf.pid"))
    await supervisor.stop()
    assert said == ["[deaf] did not end within 0.2 s and was killed"]
    assert not is_alive(pid_in(tmp_path / "deaf.pid"))


async def test_errors_reach_the_console_and_everything_the_log(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    supervisor.start(
        python(
            "web", "print('12:00 INFO x fine'); print('12:01 ERROR x broken'); import time; time.sleep(60)", tmp_path
        )
    )
    await wait_for(lambda: said)
    assert said == ["[web] 12:01 ERROR x broken"]
    assert (tmp_path / "log" / "web.log").read_text() == "12:00 INFO x fine\n12:01 ERROR x broken\n"
    await supervisor.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_supervisor_leaves_no_orphans(tmp_path: Path) -> None:
    code = f"""
    import asyncio, sys
    from pathlib import Path
    from project.server.supervisor import Program, Supervisor
    async def main():
        supervisor = Supervisor(log_dir=Path({str(tmp_path)!r}), say=print, environment={{}})
        argv = [sys.executable, "-c", {WRITES_WHEN_ENDED!r}, "child"]
        supervisor.start(Program(name="child", argv=argv, cwd=Path({str(tmp_path)!r})))
        await supervisor.until_over()
    asyncio.run(main())
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    try:
        deadline = time.monotonic() + 20
        while not pid_in(tmp_path / "child.pid"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    child = pid_in(tmp_path / "child.pid")
    while is_alive(child):
        assert time.monotonic() < deadline, "the child lives on"
        time.sleep(0.02)
    assert (tmp_path / "ended").read_text() == "child "
