"""How light falls on round, flat and soft things; every thing of the demo is built of these."""

from __future__ import annotations

from project.demo.drawing.canvas import Canvas, across, diagonal, down
from project.demo.drawing.colour import Tone, mix
from project.demo.drawing.shapes import Shape, box, can, ellipse, leaf


def round_side(canvas: Canvas, side: Shape, tone: Tone, *, gloss: float = 0) -> None:
    """The side of a can, cup or bottle: lit from the left, dark at both edges."""
    canvas.fill(side, across(tone.shade, tone.light, tone.base, tone.base, tone.dark))
    if gloss:
        xs = [x for contour in side.contours for x, _ in contour]
        ys = [y for contour in side.contours for _, y in contour]
        left, width, top, height = min(xs), max(xs) - min(xs), min(ys), max(ys) - min(ys)
        streak = box(left + width * 0.16, top - 20, width * 0.09, height + 40, width * 0.04)
        canvas.fill(streak, "#ffffff", opacity=gloss, within=side, blur=width * 0.012)


def cylinder(
    canvas: Canvas, x: float, top: float, bottom: float, rx: float, ry: float, tone: Tone, *, gloss: float = 0
) -> None:
    """A closed can seen a little from above."""
    round_side(canvas, can(x, top, bottom, rx, ry), tone, gloss=gloss)
    canvas.fill(ellipse(x, top, rx, ry), diagonal(tone.pale, tone.base))


def soft(canvas: Canvas, shape: Shape, tone: Tone) -> None:
    """Cloth, leather, foam: light above left, shadow below right."""
    canvas.fill(shape, diagonal(tone.light, tone.shade))


def panel(canvas: Canvas, shape: Shape, tone: Tone) -> None:
    """A flat face of plastic, metal or card."""
    canvas.fill(shape, down(tone.light, tone.base))


def glass(canvas: Canvas, shape: Shape, tint: str, *, opacity: float = 0.35) -> None:
    canvas.fill(shape, across(mix(tint, "#ffffff", 0.5), tint, mix(tint, "#20303c", 0.2)), opacity=opacity)


def label(canvas: Canvas, x: float, y: float, lines: list[tuple[str, float]], colour: str) -> None:
    """Words below one another, centred at (x, y), each with its size."""
    at = y - sum(size * 1.3 for _, size in lines) / 2
    for words, size in lines:
        canvas.text(x, at + size * 0.65, words, size, colour)
        at += size * 1.3


def sprig(canvas: Canvas, x: float, y: float, size: float, colour: str, *, turn: float = -90) -> None:
    """Three leaves: the mark of what grows."""
    for side, length in ((-38, 0.8), (38, 0.8), (0, 1)):
        canvas.fill(leaf(x, y, size * length, size * 0.22, turn + side), colour)
