"""Where things stand: a wall, what is on it, and the ground, in palettes that go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from project.demo.drawing.canvas import Canvas, across, diagonal, down
from project.demo.drawing.colour import mix
from project.demo.drawing.shapes import Shape, box, can, ellipse, path


@dataclass(frozen=True, slots=True)
class Palette:
    lit: str
    wall: str
    ground: str


PALETTES = {
    "sand": Palette("#fbf4ea", "#ecdac5", "#dfc6a9"),
    "sage": Palette("#eff4ea", "#cfdcc8", "#b3c7ac"),
    "blush": Palette("#fdf1ee", "#f4d3cd", "#e9b9b3"),
    "sky": Palette("#eef5fb", "#c8dcee", "#a9c6de"),
    "lilac": Palette("#f4f0fb", "#d9cfee", "#c0b2de"),
    "butter": Palette("#fff8e2", "#fae3ab", "#efcd84"),
    "clay": Palette("#fae6da", "#e5b79d", "#d29a7c"),
    "mint": Palette("#ecf8f3", "#c0e3d6", "#9fcfbf"),
    "mist": Palette("#f6f7fa", "#d9dee7", "#c1c8d5"),
    "night": Palette("#56608c", "#2c3252", "#232844"),
    "cocoa": Palette("#f3e5d9", "#cfae97", "#b58f76"),
    "rose": Palette("#fbe3e6", "#eeb3bd", "#dc96a3"),
}


def plinth(canvas: Canvas, palette: Palette) -> None:
    """A disc of light on the wall and a round stage; things stand at y = 650."""
    _wall(canvas, palette)
    canvas.fill(ellipse(400, 360, 268), down(palette.lit, mix(palette.lit, palette.wall, 0.55)))
    canvas.fill(box(0, 700, 800, 100), down(mix(palette.ground, palette.wall, 0.35), palette.ground))
    side = across(
        mix(palette.ground, "#2b1a2e", 0.1),
        mix(palette.lit, palette.ground, 0.35),
        mix(palette.ground, "#2b1a2e", 0.16),
    )
    canvas.fill(can(400, 655, 800, 262, 44), side)
    canvas.fill(ellipse(400, 655, 262, 44), across(mix(palette.lit, palette.wall, 0.5), palette.lit))


def arch(canvas: Canvas, palette: Palette) -> None:
    """A niche in the wall; things stand at y = 650."""
    _wall(canvas, palette)
    niche = box(150, 96, 500, 900, 250)
    canvas.fill(niche, down(mix(palette.ground, palette.wall, 0.3), palette.lit))
    canvas.fill(niche.without(box(176, 96, 474, 900, 237)), "#2b1a2e", opacity=0.08, within=niche, blur=8)
    canvas.fill(box(0, 612, 800, 188), down(palette.lit, mix(palette.lit, palette.wall, 0.75)))
    canvas.fill(box(0, 612, 800, 14), mix(palette.ground, "#2b1a2e", 0.1), opacity=0.25, blur=5)


def window(canvas: Canvas, palette: Palette) -> None:
    """Light that falls through a window over wall and table; things stand at y = 650."""
    _wall(canvas, palette)
    for pane in ("M300 -20 L470 -20 L250 560 L80 560 Z", "M500 -20 L670 -20 L450 560 L280 560 Z"):
        canvas.fill(path(pane), palette.lit, opacity=0.75, blur=9)
    canvas.fill(box(0, 560, 800, 240), down(mix(palette.ground, palette.lit, 0.35), palette.ground))
    canvas.fill(box(0, 556, 800, 8), palette.lit, opacity=0.5, blur=2)


def flat(canvas: Canvas, palette: Palette) -> None:
    """A table seen from above, for what lies or hangs: around (400, 400)."""
    canvas.fill(box(0, 0, 800, 800), diagonal(palette.lit, palette.wall))
    canvas.fill(ellipse(400, 400, 300), diagonal(mix(palette.wall, palette.ground, 0.35), palette.lit), opacity=0.75)
    canvas.fill(path("M-20 300 L300 -20 L420 -20 L-20 420 Z"), palette.lit, opacity=0.3, blur=14)


def _wall(canvas: Canvas, palette: Palette) -> None:
    canvas.fill(box(0, 0, 800, 800), down(mix(palette.wall, palette.lit, 0.35), palette.wall))
    canvas.fill(_glow(), palette.lit, opacity=0.5, blur=70)


def _glow() -> Shape:
    return ellipse(260, 240, 200, 180)


BACKDROPS: dict[str, Callable[[Canvas, Palette], None]] = {
    "plinth": plinth,
    "arch": arch,
    "window": window,
    "flat": flat,
}
