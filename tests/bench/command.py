"""Measure Souk, and others beside it, on this machine: `make bench`.

The servers take turns, several rounds of each, and the medians are shown. Traffic goes to 127.0.0.1 only; everything
that is started ends with it. A run of all parts writes its figures into docs/performance.md.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Collection

from tests.bench import (
    automod,
    chat,
    claims,
    connections,
    fan_out,
    groups,
    machine,
    members,
    opening,
    report,
    search,
    shop,
    slow,
    storm,
    workers,
)
from tests.bench.crowd import SHOPPERS, crowd
from tests.bench.figures import Figures
from tests.bench.load import NoCompiler
from tests.bench.servers import House, house

PARTS = {
    "fan-out": fan_out.measure,
    "connections": connections.measure,
    "storm": storm.measure,
    "slow": slow.measure,
    "workers": workers.measure,
    "shop": shop.measure,
    "opening": opening.measure,
    "members": members.measure,
    "automod": automod.measure,
}
# For these, thousands have to log in, and all can do with the same.
CROWDED = ("chat", "claims", "groups")
# After everything else, for they fill the shop.
LAST = {"search": search.measure}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = [*PARTS, *CROWDED, *LAST]
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(names)}; else all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--write",
        action=argparse.BooleanOptionalAction,
        help="write the figures into docs/performance.md; of a few parts only when told so",
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(names):
        parser.error(f"no such part: {', '.join(unknown)}")
    _allow_many_connections()
    figures = Figures()
    try:
        with house() as shared:
            described = machine.described(shared.postgres_pid is not None)
            print(described, flush=True)
            _measure(shared, figures, options.parts or names, options.rounds)
    except NoCompiler as error:
        print(f"!!! {error}", file=sys.stderr)
        return 1
    print(f"\nMedians of {options.rounds} rounds\n\n{report.tables(figures)}")
    if options.write or (options.write is None and not options.parts):
        report.write(figures, described=described)
    return 0


def _measure(shared: House, figures: Figures, parts: Collection[str], rounds: int) -> None:
    from tests.bench.shoppers import make_shoppers
    from tests.support.factories import make_host, make_show

    crowded = [part for part in CROWDED if part in parts]
    shoppers = make_shoppers(SHOPPERS) if crowded else []
    host = make_host()
    sized = groups.make_groups(shoppers) if "groups" in crowded else {}
    rooms = [f"show:{make_show(host=host).pk}" for _ in range(chat.ROOMS)]
    for _ in range(rounds):
        for part, measure in PARTS.items():
            if part in parts:
                measure(shared, figures)
        if crowded:
            with crowd(shared, figures, shoppers, rooms) as people:
                if "chat" in crowded:
                    chat.measure(people, rooms)
                if "claims" in crowded:
                    claims.measure(people)
                if "groups" in crowded:
                    groups.measure(people, sized)
    for part, measure in LAST.items():
        for _ in range(rounds if part in parts else 0):
            measure(shared, figures)


def _allow_many_connections() -> None:
    """For the servers too, which inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
