"""A canvas that is drawn larger than it is shown, so that edges come out smooth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from project.demo.drawing.colour import rgb
from project.demo.drawing.shapes import Point, Shape, ellipse

OVERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class Gradient:
    """Colours spread evenly over the box around what is painted: "across", "down" or "diagonal"."""

    colours: tuple[str, ...]
    direction: str = "down"


def across(*colours: str) -> Gradient:
    return Gradient(colours, "across")


def down(*colours: str) -> Gradient:
    return Gradient(colours)


def diagonal(first: str, second: str) -> Gradient:
    return Gradient((first, second), "diagonal")


Paint = str | Gradient
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture, or a view of one: `at()` gives the same picture with other coordinates."""

    image: Image.Image
    scale: float = OVERSAMPLING
    turn: float = 0
    x: float = 0
    y: float = 0

    def at(
        self, x: float = 0, y: float = 0, *, scale: float = 1, turn: float = 0, around: Point = (400, 400)
    ) -> Canvas:
        """A view that is scaled and turned (degrees, clockwise) around a point and then moved."""
        cx, cy = self._place(around)
        moved_x, moved_y = self._place((around[0] + x, around[1] + y))
        view = replace(self, scale=self.scale * scale, turn=self.turn + turn, x=0, y=0)
        new_x, new_y = view._place(around)
        return replace(view, x=cx - new_x + moved_x - cx, y=cy - new_y + moved_y - cy)

    def fill(
        self, shape: Shape, paint: Paint, *, opacity: float = 1, within: Shape | None = None, blur: float = 0
    ) -> None:
        """Paint a shape; only where it lies `within` another when that is given; with soft edges by `blur`."""
        soft = blur * self.scale
        drawn, bounds = self._contours(shape), self._bounds(shape, margin=soft * 3)
        if within is not None:
            bounds = _common(bounds, self._bounds(within))
        left, top, right, bottom = bounds
        if right <= left or bottom <= top:
            return
        mask = self._mask(shape, drawn, bounds)
        if soft:
            mask = _blurred(mask, soft)
        if within is not None:
            mask = ImageChops.multiply(mask, self._mask(within, self._contours(within), bounds))
        if opacity < 1:
            mask = mask.point([round(level * opacity) for level in range(256)])
        size = (right - left, bottom - top)
        if isinstance(paint, str):
            self.image.paste(rgb(paint), bounds, mask)
        else:
            own = self._bounds(shape)
            painted = _painted(paint, (own[2] - own[0], own[3] - own[1]))
            sheet = (
                painted
                if bounds == own
                else painted.crop((left - own[0], top - own[1], left - own[0] + size[0], top - own[1] + size[1]))
            )
            self.image.paste(sheet, bounds, mask)

    def text(self, x: float, y: float, words: str, size: float, colour: str, *, opacity: float = 1) -> None:
        """Latin words, centred at (x, y), upright however the view is turned."""
        font = _font(round(size * self.scale))
        mask = Image.new("L", (round(font.getlength(words)) + 4, round(size * self.scale * 1.4)), 0)
        middle = (mask.width / 2, mask.height / 2)
        ImageDraw.Draw(mask).text(middle, words, fill=round(255 * opacity), font=font, anchor="mm")
        if self.turn:
            mask = mask.rotate(-self.turn, Image.Resampling.BICUBIC, expand=True)
        px, py = self._place((x, y))
        self.image.paste(rgb(colour), (round(px - mask.width / 2), round(py - mask.height / 2)), mask)

    def shadow(
        self, x: float, y: float, rx: float, ry: float, *, opacity: float = 0.28, colour: str = "#2b1a2e"
    ) -> None:
        """What a thing throws on the ground it stands on: a wide soft shadow and a close dark one."""
        self.fill(ellipse(x + rx * 0.12, y + ry * 0.35, rx * 1.15, ry * 1.2), colour, opacity=opacity * 0.6, blur=ry)
        self.fill(ellipse(x, y, rx * 0.96, ry * 0.55), colour, opacity=opacity, blur=ry * 0.35)

    def cast(self, shape: Shape, *, dx: float = 14, dy: float = 24, blur: float = 22, opacity: float = 0.26) -> None:
        """What a thing throws on the wall or table behind it."""
        self.at(dx, dy).fill(shape, "#2b1a2e", opacity=opacity, blur=blur)

    def finished(self) -> Image.Image:
        return self.image.reduce(OVERSAMPLING)

    def _place(self, point: Point) -> Point:
        cos, sin = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        x, y = point
        return self.x + self.scale * (x * cos - y * sin), self.y + self.scale * (x * sin + y * cos)

    def _contours(self, shape: Shape) -> list[list[Point]]:
        return [[self._place(point) for point in contour] for contour in shape.contours]

    def _bounds(self, shape: Shape, margin: float = 0) -> Box:
        reach = margin + shape.width * self.scale / 2 + 2
        xs, ys = zip(*(self._place(point) for contour in shape.contours for point in contour), strict=True)
        return _common(
            (
                math.floor(min(xs) - reach),
                math.floor(min(ys) - reach),
                math.ceil(max(xs) + reach),
                math.ceil(max(ys) + reach),
            ),
            (0, 0, self.image.width, self.image.height),
        )

    def _mask(self, shape: Shape, drawn: list[list[Point]], bounds: Box) -> Image.Image:
        left, top, right, bottom = bounds
        mask = Image.new("L", (right - left, bottom - top), 0)
        draw = ImageDraw.Draw(mask)

        def moved(contour: list[Point]) -> list[Point]:
            return [(x - left, y - top) for x, y in contour]

        for contour in map(moved, drawn):
            if not shape.width:
                draw.polygon(contour, fill=255)
                continue
            width = shape.width * self.scale
            draw.line(contour, fill=255, width=round(width), joint="curve")
            for x, y in (contour[0], contour[-1]):
                draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
        for hole in shape.holes:
            draw.polygon(moved([self._place(point) for point in hole]), fill=0)
        return mask


def blank(width: int, height: int) -> Canvas:
    return Canvas(Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING)))


def _common(first: Box, second: Box) -> Box:
    return max(first[0], second[0]), max(first[1], second[1]), min(first[2], second[2]), min(first[3], second[3])


def _blurred(mask: Image.Image, radius: float) -> Image.Image:
    """A wide blur has no detail: it is made small and enlarged."""
    factor = max(1, min(8, int(radius // 3)))
    if factor == 1 or min(mask.size) < factor * 4:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.reduce(factor).filter(ImageFilter.GaussianBlur(radius / factor))
    return small.resize(mask.size, Image.Resampling.BILINEAR)


def _painted(paint: Gradient, size: tuple[int, int]) -> Image.Image:
    match paint.direction:
        case "across":
            strip = Image.new("RGB", (len(paint.colours), 1))
        case "down":
            strip = Image.new("RGB", (1, len(paint.colours)))
        case _:
            strip = Image.new("RGB", (2, 2))
    colours = [rgb(colour) for colour in paint.colours]
    if paint.direction == "diagonal":
        (r1, g1, b1), (r2, g2, b2) = colours
        middle = ((r1 + r2) // 2, (g1 + g2) // 2, (b1 + b2) // 2)
        colours = [colours[0], middle, middle, colours[1]]
    strip.putdata(colours)
    # From the middle of the first colour to the middle of the last: resizing would hold both ends for half a step.
    inner = (0.5, 0.5, strip.width - 0.5, strip.height - 0.5)
    ends = (inner[0] if strip.width > 1 else 0, inner[1] if strip.height > 1 else 0)
    far = (inner[2] if strip.width > 1 else 1, inner[3] if strip.height > 1 else 1)
    return strip.resize((max(size[0], 1), max(size[1], 1)), Image.Resampling.BILINEAR, box=(*ends, *far))


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
