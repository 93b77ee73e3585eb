"""Outlines: polygons from a path in SVG's notation, ellipses, boxes and lines. Units are those of the canvas."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Point = tuple[float, float]
STEPS_PER_CURVE = 18
_TOKENS = re.compile(r"[MLHVCQAZ]|-?\d*\.?\d+")


@dataclass(frozen=True, slots=True)
class Shape:
    """Filled contours with holes in them; with a `width`, lines along the contours instead."""

    contours: list[list[Point]]
    holes: list[list[Point]] = field(default_factory=list)
    width: float = 0

    def without(self, other: Shape) -> Shape:
        return Shape(self.contours, [*self.holes, *other.contours], self.width)

    def plus(self, other: Shape) -> Shape:
        return Shape([*self.contours, *other.contours], [*self.holes, *other.holes], self.width)


def path(text: str) -> Shape:
    """Absolute `M L H V C Q Z` of SVG's path notation."""
    return Shape(list(_contours(text)))


def line(text: str, width: float) -> Shape:
    """A line of round ends and joints along a path."""
    return Shape(list(_contours(text)), width=width)


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> Shape:
    ry = rx if ry is None else ry
    turns = [2 * math.pi * n / 72 for n in range(72)]
    return Shape([[(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns]])


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> Shape:
    """A rectangle by its upper left corner."""
    r = min(radius, width / 2, height / 2)
    corners = [
        (x + width - r, y + r, -90),
        (x + width - r, y + height - r, 0),
        (x + r, y + height - r, 90),
        (x + r, y + r, 180),
    ]
    steps = 10 if r else 0
    return Shape(
        [
            [
                (cx + r * math.cos(turn), cy + r * math.sin(turn))
                for cx, cy, start in corners
                for n in range(steps + 1)
                for turn in [math.radians(start + 90 * n / max(steps, 1))]
            ]
        ]
    )


def can(x: float, top: float, bottom: float, rx: float, ry: float, *, foot: float | None = None) -> Shape:
    """The side of a round body that stands at `x`; `foot` is its radius below, when it is another."""
    low = rx if foot is None else foot
    turns = [math.pi * n / 36 for n in range(37)]
    below = [(x + low * math.cos(turn), bottom + ry * low / rx * math.sin(turn)) for turn in turns]
    above = [(x - rx * math.cos(turn), top + ry * math.sin(turn)) for turn in turns]
    return Shape([[*below, *above]])


def star(x: float, y: float, outer: float, inner: float, points: int, turn: float = -90) -> Shape:
    return Shape(
        [
            [
                (x + r * math.cos(a), y + r * math.sin(a))
                for n in range(points * 2)
                for r in [outer if n % 2 == 0 else inner]
                for a in [math.radians(turn + 180 * n / points)]
            ]
        ]
    )


def leaf(x: float, y: float, length: float, breadth: float, turn: float) -> Shape:
    """A pointed leaf that grows from (x, y) towards `turn` degrees (0 is right, -90 is up)."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    drawn = _contours(
        f"M0 0 C{length * 0.3} {-breadth} {length * 0.75} {-breadth * 0.8} {length} 0 "
        f"C{length * 0.75} {breadth * 0.8} {length * 0.3} {breadth} 0 0 Z"
    )
    return Shape([[(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in contour] for contour in drawn])


def _contours(text: str) -> Iterator[list[Point]]:
    tokens = _TOKENS.findall(text)
    contour: list[Point] = []
    command, at = "", 0

    def take(count: int) -> list[float]:
        nonlocal at
        at += count
        return [float(token) for token in tokens[at - count : at]]

    while at < len(tokens):
        if tokens[at].isalpha():
            command = tokens[at]
            at += 1
        match command:
            case "M":
                if contour:
                    yield contour
                x, y = take(2)
                contour, command = [(x, y)], "L"
            case "L":
                x, y = take(2)
                contour.append((x, y))
            case "H":
                contour.append((take(1)[0], contour[-1][1]))
            case "V":
                contour.append((contour[-1][0], take(1)[0]))
            case "C":
                contour.extend(_cubic(contour[-1], take(6)))
            case "Q":
                x1, y1, x, y = take(4)
                x0, y0 = contour[-1]
                control = [x0 + (x1 - x0) * 2 / 3, y0 + (y1 - y0) * 2 / 3, x + (x1 - x) * 2 / 3, y + (y1 - y) * 2 / 3]
                contour.extend(_cubic(contour[-1], [*control, x, y]))
            case "Z":
                contour.append(contour[0])
    if contour:
        yield contour


def _cubic(start: Point, numbers: list[float]) -> Iterator[Point]:
    (x0, y0), (x1, y1, x2, y2, x3, y3) = start, numbers
    for n in range(1, STEPS_PER_CURVE + 1):
        t = n / STEPS_PER_CURVE
        a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3
        yield a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3
