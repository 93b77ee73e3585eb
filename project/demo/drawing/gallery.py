"""Pictures as they are shown: a product in its scene, the same nearer, and the cover of a show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from PIL import Image, ImageChops

from project.demo.drawing.backdrops import BACKDROPS, PALETTES
from project.demo.drawing.canvas import OVERSAMPLING, Canvas, across, blank, down
from project.demo.drawing.colour import Ink, mix
from project.demo.drawing.shapes import box, can, ellipse

SIDE = 800
COVER = (720, 1280)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What is drawn (`tea.mug`: a function of a module beside this one) and of what."""

    drawing: str
    ink: Ink

    def draw(self, canvas: Canvas) -> None:
        module, name = self.drawing.split(".")
        getattr(import_module(f"project.demo.drawing.{module}"), name)(canvas, self.ink)


def scene(thing: Thing, *, backdrop: str, palette: str) -> Canvas:
    canvas = Canvas(_empty_scene(backdrop, palette).copy())
    thing.draw(canvas)
    return canvas


@lru_cache(maxsize=4)
def _empty_scene(backdrop: str, palette: str) -> Image.Image:
    """Most of the work of a picture, and the same for every colour of a thing."""
    canvas = blank(SIDE, SIDE)
    BACKDROPS[backdrop](canvas, PALETTES[palette])
    return canvas.image


def upright(canvas: Canvas, *, backdrop: str, palette: str) -> Image.Image:
    """A scene as a picture: a portrait of 4 : 5 where the thing leaves room at its sides, else a square."""
    whole = canvas.image
    margin = (whole.width - whole.height * 4 // 5) // 2
    drawn = ImageChops.difference(whole, _empty_scene(backdrop, palette)).getbbox()
    if drawn is None or drawn[0] < margin or drawn[2] > whole.width - margin:
        return canvas.finished()
    portrait = whole.crop((margin, 0, whole.width - margin, whole.height))
    return portrait.resize((SIDE * 4 // 5, SIDE), Image.Resampling.LANCZOS)


def near(canvas: Canvas) -> Image.Image:
    """A detail of a scene, as sharp as the whole: the canvas has more pixels than are shown."""
    side, left, top = 500 * OVERSAMPLING, 170 * OVERSAMPLING, 220 * OVERSAMPLING
    return canvas.image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def cover(things: Sequence[Thing], *, palette: str) -> Image.Image:
    """Four things on stages of several heights, a portrait with quiet room above for a title."""
    tones, (width, height) = PALETTES[palette], COVER
    canvas = blank(width, height)
    canvas.fill(box(0, 0, width, height), down(mix(tones.wall, tones.ground, 0.4), tones.lit))
    canvas.fill(ellipse(width / 2, 520, 330), tones.lit, opacity=0.55, blur=60)
    niche = box(96, 210, 528, 1200, 264)
    canvas.fill(niche, down(mix(tones.ground, tones.wall, 0.25), tones.lit))
    canvas.fill(niche.without(box(122, 214, 506, 1200, 252)), "#2b1a2e", opacity=0.1, within=niche, blur=10)
    canvas.fill(box(0, 900, width, 380), down(mix(tones.lit, tones.wall, 0.5), tones.ground))
    canvas.fill(box(0, 896, width, 10), "#2b1a2e", opacity=0.1, blur=5)
    places = [(214, 640, 140, 0.5), (512, 740, 150, 0.52), (330, 960, 190, 0.6), (566, 1080, 130, 0.42)]
    for (x, y, radius, scale), thing in zip(places, things, strict=False):
        stage = can(x, y, 1320, radius, radius * 0.17)
        side = across(
            mix(tones.ground, "#2b1a2e", 0.1), mix(tones.lit, tones.wall, 0.3), mix(tones.ground, "#2b1a2e", 0.14)
        )
        canvas.fill(ellipse(x + 16, y + 26, radius, radius * 0.3), "#2b1a2e", opacity=0.12, blur=18)
        canvas.fill(stage, side)
        canvas.fill(ellipse(x, y, radius, radius * 0.17), across(mix(tones.lit, tones.wall, 0.45), tones.lit))
        thing.draw(canvas.at(x - 400, y - 648, scale=scale, around=(400, 648)))
    return canvas.finished()
