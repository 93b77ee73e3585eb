"""Charts as SVG, legible on a light and on a dark page: bars, and lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.sax.saxutils import escape

from tests.bench.figures import short

WIDTH, LABELS, VALUES = 760, 310, 70
ROW, BAR, TOP = 34, 20, 52
# Of a chart of lines: its own height, and what is kept free for the labels around.
PLOT, LEFT, RIGHT, BOTTOM = 240, 60, 190, 50

STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .ours { fill: #0b7a5c }
  .theirs { fill: #8c959f }
  .axis { stroke: #8c959f; stroke-width: 1; opacity: .4 }
  polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  polyline.ours { stroke: #0b7a5c; fill: none }
  polyline.theirs { stroke: #8c959f; fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ours { fill: #3fcf9f }
    .theirs { fill: #6e7681 }
    polyline.ours { stroke: #3fcf9f }
    polyline.theirs { stroke: #6e7681 }
  }
"""


def bars(title: str, values: Mapping[str, float], *, ours: str) -> str:
    """One bar a value, from zero; those whose name holds `ours` stand out."""
    longest = max(values.values())
    described = "; ".join(f"{name}: {short(value)}" for name, value in values.items())
    parts = []
    for number, (name, value) in enumerate(values.items()):
        top = TOP + number * ROW
        length = max(2.0, (WIDTH - LABELS - VALUES) * value / longest)
        parts += [
            f'<text x="{LABELS - 12}" y="{top + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{_kind(name, ours)}" x="{LABELS}" y="{top}" width="{length:.1f}" height="{BAR}" rx="3"/>',
            f'<text x="{LABELS + length + 8:.1f}" y="{top + 15}">{short(value)}</text>',
        ]
    return _svg(title, described, TOP + ROW * len(values), parts)


def lines(
    title: str, series: Mapping[str, Mapping[float, float]], *, ours: str, x_title: str, log_x: bool = False
) -> str:
    """One line a series of y by x, from zero, named at its end; `ours` stands out. `log_x`: from the least x, each step
    to the right is as many times more."""
    least_x, most_x = (of(x for points in series.values() for x in points) for of in (min, max))
    most_y = max(y for points in series.values() for y in points.values())

    def at(x: float, y: float) -> tuple[float, float]:
        share = math.log(max(x, least_x) / least_x) / math.log(most_x / least_x) if log_x else x / most_x
        return LEFT + (WIDTH - LEFT - RIGHT) * share, TOP + PLOT * (1 - y / most_y)

    parts = []
    for share in (0.0, 0.5, 1.0):
        _, y = at(0, most_y * share)
        parts += [
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{short(most_y * share) if share else 0}</text>',
        ]
    for x in sorted({x for points in series.values() for x in points}):
        parts.append(f'<text x="{at(x, 0)[0]:.1f}" y="{TOP + PLOT + 22}" text-anchor="middle">{x:,g}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP + PLOT + 44}">{escape(x_title)}</text>')
    free_from = 0.0
    for name, points in sorted(series.items(), key=lambda named: -list(named[1].values())[-1]):
        path = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in points.items())
        end_x, end_y = at(*list(points.items())[-1])
        label_y = max(end_y + 5, free_from)
        free_from = label_y + 18
        parts += [
            f'<polyline class="{_kind(name, ours)}" points="{path}"/>',
            f'<text x="{end_x + 10:.1f}" y="{label_y:.1f}">{escape(name)}</text>',
        ]
    described = "; ".join(f"{name}: {', '.join(map(short, points.values()))}" for name, points in series.items())
    return _svg(title, described, TOP + PLOT + BOTTOM, parts)


def _kind(name: str, ours: str) -> str:
    return "ours" if ours in name else "theirs"


def _svg(title: str, described: str, height: float, parts: list[str]) -> str:
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img">',
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="0" y="22">{escape(title)}</text>',
    ]
    return "\n".join([*head, *parts, "</svg>"]) + "\n"
