"""Measure Souk, and stock Channels beside it, on this machine: `make bench`.

The servers take turns, several rounds of each, and the medians are shown. Traffic goes to 127.0.0.1 only; everything
that is started ends with it. With `--write`, the figures go into docs/performance.md.
"""

from __future__ import annotations

import argparse
import sys

from tests.bench import fan_out, report, rush
from tests.bench.figures import Figures
from tests.bench.load import NoCompiler
from tests.bench.servers import house

PARTS = ("fan-out", "rush")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help="fan-out, rush (claims and chat); else both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the figures into docs/performance.md")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    parts = options.parts or PARTS
    figures = Figures()
    try:
        with house() as shared:
            print(report.machine(shared.postgres_pid is not None), flush=True)
            if "fan-out" in parts:
                for _ in range(options.rounds):
                    fan_out.measure(shared, figures)
            if "rush" in parts:
                with rush.rush(shared, figures) as crowd:
                    for _ in range(options.rounds):
                        rush.measure(crowd)
            described = report.machine(shared.postgres_pid is not None)
    except NoCompiler as error:
        print(f"!!! {error}", file=sys.stderr)
        return 1
    print(f"\nMedians of {options.rounds} rounds\n\n{report.tables(figures)}")
    if options.write:
        report.write(figures, described=described, rounds=options.rounds)
    return 0
