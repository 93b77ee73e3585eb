"""The demo's picture: a souk lantern that sways in a dial whose light goes round once a minute.

Everything repeats after LOOP_SECS, so the clip can be played in a circle without a seam.
"""

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 720, 1280
FPS = 25
LOOP_SECS = 60

INK = (22, 22, 31)
SAFFRON = (245, 165, 36)
EMBER = (255, 59, 92)
PAPER = (255, 255, 255)

CENTRE = (360, 395)
LIFT = 60
RADIUS = 258
SWAY_DEGREES = 2.4
SWAY_SECS = 6
BREATH_SECS = 4
LANTERN_SIZE = (360, 720)
SCALE = 3  # shapes are drawn this much larger, then made smaller: smooth edges
TRAIL = 26
GROUNDS = 24


Points = list[tuple[float, float]]


class Poster:
    """`frame(number)` gives the bytes of one picture, RGB, three bytes a pixel.

    What returns often (a brightness of the ground, an angle of the lantern) is drawn once and kept.
    """

    def __init__(self) -> None:
        self._grounds = _grounds()
        self._lantern = _lantern()
        self._swayed: dict[int, Image.Image] = {}
        self._light = _light()
        self._digits = [_text(f"00:{second:02d}", size=56, spacing=3, colour=PAPER) for second in range(LOOP_SECS)]
        self._title = _text("SOUK", size=30, spacing=14, colour=SAFFRON)
        self._line = _text("DEMO STREAM", size=17, spacing=6, colour=(190, 186, 198))
        self._sparks = _sparks()

    def frame(self, number: int) -> bytes:
        second = number / FPS % LOOP_SECS
        breath = 0.5 + 0.5 * _wave(second / BREATH_SECS)
        picture = self._grounds[round(breath * (len(self._grounds) - 1))].copy()
        for spark in self._sparks:
            spark.draw(picture, second)
        self._draw_light(picture, second)
        self._draw_lantern(picture, second)
        for sprite, top in ((self._digits[int(second)], 688), (self._title, 762), (self._line, 808)):
            picture.paste(sprite, ((WIDTH - sprite.width) // 2, top), sprite)
        return picture.tobytes()

    def _draw_light(self, picture: Image.Image, second: float) -> None:
        for back, dot in self._light:
            angle = 2 * math.pi * (second - back * 0.16) / LOOP_SECS
            x, y = CENTRE[0] + RADIUS * math.sin(angle), CENTRE[1] - RADIUS * math.cos(angle)
            picture.paste(dot, (round(x - dot.width / 2), round(y - dot.height / 2)), dot)

    def _draw_lantern(self, picture: Image.Image, second: float) -> None:
        step = round(SWAY_DEGREES * _wave(second / SWAY_SECS) * 20)
        if step not in self._swayed:
            pivot = (LANTERN_SIZE[0] / 2, 0)
            self._swayed[step] = self._lantern.rotate(step / 20, Image.Resampling.BICUBIC, center=pivot)
        swayed = self._swayed[step]
        picture.paste(swayed, ((WIDTH - LANTERN_SIZE[0]) // 2, -LIFT), swayed)


class Spark:
    """A mote of light that rises and fades; it is back where it was after LOOP_SECS."""

    def __init__(self, random: Random) -> None:
        self._x = random.uniform(0, WIDTH)
        self._phase = random.random()
        self._rounds = random.choice([1, 2, 2, 3])
        self._drift = random.uniform(10, 45)
        colour = random.choice([SAFFRON, SAFFRON, (255, 206, 120), EMBER])
        strength = random.uniform(0.25, 0.75)
        sprite = _soft_dot(random.choice([5, 7, 10, 16, 26]), colour, colour)
        self._fades = [_faded(sprite, strength * level / 32) for level in range(33)]

    def draw(self, picture: Image.Image, second: float) -> None:
        way = (self._phase + self._rounds * second / LOOP_SECS) % 1
        x = self._x + self._drift * _wave(2 * way + self._phase)
        y = HEIGHT * (1.05 - 1.1 * way)
        sprite = self._fades[round(32 * math.sin(math.pi * way))]
        picture.paste(sprite, (round(x - sprite.width / 2), round(y - sprite.height / 2)), sprite)


def _faded(sprite: Image.Image, strength: float) -> Image.Image:
    faded = sprite.copy()
    faded.putalpha(sprite.getchannel("A").point([round(value * strength) for value in range(256)]))
    return faded


def _light() -> list[tuple[int, Image.Image]]:
    """The light that goes round, and its tail: how far back, and the dot."""
    dot = _soft_dot(15, PAPER, SAFFRON)
    tail = []
    for back in reversed(range(TRAIL)):
        size = max(4, round(dot.width * (1 - back / TRAIL) ** 0.7))
        tail.append((back, _faded(dot.resize((size, size), Image.Resampling.BILINEAR), (1 - back / TRAIL) ** 2)))
    return tail


def _grounds() -> list[Image.Image]:
    """What stands still, from dim to bright."""
    dial, halo = _dial(), _halo()
    dim, bright = _background(0.72), _background(1.0)
    grounds = [Image.blend(dim, bright, level / (GROUNDS - 1)) for level in range(GROUNDS)]
    for ground in grounds:
        ground.paste(dial, (CENTRE[0] - RADIUS - 30, CENTRE[1] - RADIUS - 30), dial)
        ground.paste(halo, ((WIDTH - LANTERN_SIZE[0]) // 2, -LIFT), halo)
    return grounds


def _wave(turns: float) -> float:
    return math.sin(2 * math.pi * turns)


def _sparks() -> list[Spark]:
    random = Random(7)
    return [Spark(random) for _ in range(34)]


def _background(glow: float) -> Image.Image:
    """Ink, lit from the lantern: warm in the middle, a red breath from below."""
    small = Image.new("RGB", (WIDTH // 4, HEIGHT // 4))
    pixels = []
    for y in range(small.height):
        for x in range(small.width):
            lamp = math.hypot(x * 4 - CENTRE[0], (y * 4 - CENTRE[1] - 20) * 0.9) / 520
            floor = math.hypot(x * 4 - WIDTH * 0.72, (y * 4 - HEIGHT * 1.04) * 0.8) / 620
            warm = glow * math.exp(-((lamp * 1.7) ** 2)) * 0.62
            red = glow * math.exp(-((floor * 1.6) ** 2)) * 0.30
            shade = 1 - 0.45 * (y / small.height)
            pixels.append(
                tuple(
                    min(255, round(ink * shade + (saffron - ink) * warm + (ember - ink) * red))
                    for ink, saffron, ember in zip(INK, SAFFRON, EMBER, strict=True)
                )
            )
    small.putdata(pixels)
    return small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(3))


def _dial() -> Image.Image:
    side = 2 * (RADIUS + 30)
    large = Image.new("RGBA", (side * SCALE, side * SCALE), (*PAPER, 0))
    draw = ImageDraw.Draw(large)
    middle = side * SCALE / 2
    for minute in range(60):
        angle = 2 * math.pi * minute / 60
        is_long = minute % 5 == 0
        outer, inner = RADIUS * SCALE, (RADIUS - (16 if is_long else 7)) * SCALE
        ends = [(middle + r * math.sin(angle), middle - r * math.cos(angle)) for r in (inner, outer)]
        draw.line(ends, fill=(*PAPER, 190 if is_long else 90), width=(3 if is_long else 2) * SCALE)
    reach = (RADIUS + 14) * SCALE
    box = (middle - reach, middle - reach, middle + reach, middle + reach)
    draw.ellipse(box, outline=(*SAFFRON, 90), width=SCALE + 1)
    return large.resize((side, side), Image.Resampling.LANCZOS)


def _lantern() -> Image.Image:
    """Chain, dome, a pierced belly and a foot, as seen against its own light."""
    width, height = LANTERN_SIZE
    large = Image.new("RGBA", (width * SCALE, height * SCALE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(large)
    brass, dark, shine = (74, 50, 26, 255), (38, 27, 24, 255), (255, 214, 130, 255)

    def place(points: Points) -> Points:
        return [((width / 2 + x) * SCALE, y * SCALE) for x, y in points]

    def both(half: Points) -> Points:
        return place(half + [(-x, y) for x, y in reversed(half)])

    for link in range(0, 226, 22):
        draw.rounded_rectangle(_box(place([(-5, link), (5, link + 18)])), 5 * SCALE, outline=brass, width=3 * SCALE)
    draw.ellipse(_box(place([(-20, 222), (20, 262)])), outline=brass, width=6 * SCALE)
    dome: Points = [(8, 258), (14, 275), (34, 296), (66, 316), (82, 340), (84, 352)]
    draw.polygon(both(dome), fill=dark)
    draw.line(place(dome), fill=(*SAFFRON, 200), width=2 * SCALE, joint="curve")
    belly = [(76, 362)] + [(76 + 46 * math.sin(math.pi * step / 20), 362 + 10.4 * step) for step in range(1, 20)]
    belly += [(76, 570)]
    draw.polygon(both(belly), fill=brass)
    large.alpha_composite(_pierced(place))
    draw.rounded_rectangle(_box(place([(-88, 350), (88, 366)])), 6 * SCALE, fill=dark)
    draw.rounded_rectangle(_box(place([(-88, 562), (88, 578)])), 6 * SCALE, fill=dark)
    draw.line(place([(-84, 353), (84, 353)]), fill=(*SAFFRON, 220), width=2 * SCALE)
    draw.line(place([(-84, 565), (84, 565)]), fill=(*SAFFRON, 220), width=2 * SCALE)
    draw.polygon(both([(70, 578), (54, 596), (22, 610), (10, 626), (5, 650)]), fill=dark)
    draw.ellipse(_box(place([(-8, 646), (8, 662)])), fill=shine)
    return large.resize(LANTERN_SIZE, Image.Resampling.LANCZOS)


def _halo() -> Image.Image:
    width = LANTERN_SIZE[0]
    halo = Image.new("RGBA", LANTERN_SIZE, (*SAFFRON, 0))
    ImageDraw.Draw(halo).ellipse((width / 2 - 105, 365, width / 2 + 105, 570), fill=(255, 190, 80, 150))
    return halo.filter(ImageFilter.GaussianBlur(42))


def _pierced(place: Callable[[Points], Points]) -> Image.Image:
    """The light in the holes of the belly: rows of diamonds, narrower towards the rim as on a round body."""
    width, height = LANTERN_SIZE
    holes = Image.new("RGBA", (width * SCALE, height * SCALE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(holes)
    for row in range(7):
        y = 384 + row * 27.5
        reach = 76 + 46 * math.sin(math.pi * (y - 362) / 208)
        for column in range(-4, 5):
            turn = (column + (0.5 if row % 2 else 0)) / 5 * math.pi / 2
            if abs(turn) > 1.35:
                continue
            x, thin = reach * math.sin(turn) * 0.97, max(0.18, math.cos(turn))
            warm = round(255 - 80 * abs(y - 470) / 110)
            light = (255, max(150, warm - 20), round(130 * warm / 255), 255)
            corners = [(x, y - 12), (x + 10 * thin, y), (x, y + 12), (x - 10 * thin, y)]
            draw.polygon(place(corners), fill=light)
    return ImageChops.lighter(holes, holes.filter(ImageFilter.GaussianBlur(4 * SCALE)))


def _box(corners: Points) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = corners
    return left, top, right, bottom


def _soft_dot(size: int, core: tuple[int, int, int], rim: tuple[int, int, int]) -> Image.Image:
    side = size * 3
    glow = Image.new("RGBA", (side, side), (*rim, 0))
    ImageDraw.Draw(glow).ellipse((size * 0.8, size * 0.8, side - size * 0.8, side - size * 0.8), fill=(*rim, 190))
    glow = glow.filter(ImageFilter.GaussianBlur(size / 3))
    if core != rim:
        inset = size * 1.15
        ImageDraw.Draw(glow).ellipse((inset, inset, side - inset, side - inset), fill=(*core, 255))
    return glow


def _text(words: str, *, size: int, spacing: int, colour: tuple[int, int, int]) -> Image.Image:
    """Letters set apart; digits all as wide as a zero. The font comes with Pillow: no machine needs one."""
    font = ImageFont.load_default(size)
    zero = font.getlength("0")
    advances = [(zero if letter.isdigit() else font.getlength(letter)) for letter in words]
    sprite = Image.new("RGBA", (round(sum(advances) + spacing * (len(words) - 1)) + 2, round(size * 1.4)), (*colour, 0))
    draw = ImageDraw.Draw(sprite)
    x = 0.0
    for letter, advance in zip(words, advances, strict=True):
        draw.text((x + (advance - font.getlength(letter)) / 2, 0), letter, font=font, fill=(*colour, 255))
        x += advance + spacing
    return sprite
