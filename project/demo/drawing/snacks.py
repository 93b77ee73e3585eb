"""Things to eat. They stand at y = 650 around x = 400; bars lie around (400, 400)."""

from __future__ import annotations

from collections.abc import Callable

from project.demo.drawing.canvas import Canvas, across, diagonal
from project.demo.drawing.colour import Ink, Tone
from project.demo.drawing.materials import cylinder, label, round_side
from project.demo.drawing.shapes import box, can, ellipse, leaf, line, path, star

Motif = Callable[[Canvas, float, float, float], None]


def _pouch(canvas: Canvas, ink: Ink, words: list[tuple[str, float]], motif: Motif, *, ground: str = "") -> None:
    canvas.shadow(404, 652, 180, 28)
    bag = path("M236 196 L564 196 C556 300 560 500 584 630 C560 664 240 664 216 630 C240 500 244 300 236 196 Z")
    canvas.fill(bag, across(ink.body.light, ink.body.base, ink.body.base, ink.body.dark))
    canvas.fill(
        path("M564 196 L524 196 C530 340 540 520 530 652 L584 640 Z"), ink.body.deep, opacity=0.2, blur=6, within=bag
    )
    canvas.fill(
        path("M250 250 C262 380 250 520 236 620 L262 620 C280 520 284 380 276 250 Z"),
        "#ffffff",
        opacity=0.32,
        blur=7,
        within=bag,
    )
    canvas.fill(box(232, 190, 336, 34, 3), ink.body.dark, opacity=0.75)
    for x in range(244, 562, 11):
        canvas.fill(line(f"M{x} 194 L{x} 220", 2), ink.body.pale, opacity=0.35)
    canvas.fill(line("M246 244 L556 244", 5), ink.body.deep, opacity=0.28)
    label(canvas, 400, 316, words, ink.body.print)
    canvas.fill(ellipse(400, 496, 122, 112), ground or ink.trim.pale)
    for x, y, size in ((356, 472, 1.0), (444, 482, 0.95), (396, 544, 1.0), (402, 446, 0.8)):
        motif(canvas, x, y, size)


def nuts(canvas: Canvas, ink: Ink) -> None:
    def almond(view: Canvas, x: float, y: float, size: float) -> None:
        nut = view.at(x - 400, y - 400, scale=size, turn=x * 7 % 90 - 30)
        nut.fill(path("M400 352 C440 366 448 420 400 450 C352 420 360 366 400 352 Z"), diagonal("#d99a5b", "#8f5526"))
        for dx in (-14, 0, 14):
            nut.fill(line(f"M400 364 C{400 + dx * 1.6} 390 {400 + dx * 1.6} 415 400 438", 2), "#74421c", opacity=0.6)

    _pouch(canvas, ink, [("DAILY NUTS", 36), ("roasted, unsalted", 20)], almond)


def mango(canvas: Canvas, ink: Ink) -> None:
    def slice_of(view: Canvas, x: float, y: float, size: float) -> None:
        piece = view.at(x - 400, y - 400, scale=size, turn=x % 70 - 40)
        piece.fill(
            path("M350 420 C350 360 440 350 456 400 C462 420 440 424 424 416 C400 404 380 430 350 420 Z"),
            diagonal("#ffc845", "#ee8a1d"),
        )
        piece.fill(line("M362 408 C372 376 420 370 446 398", 4), "#fff0b8", opacity=0.7)

    _pouch(canvas, ink, [("DRIED MANGO", 34), ("nothing added", 20)], slice_of)


def jasmine(canvas: Canvas, ink: Ink) -> None:
    def flower(view: Canvas, x: float, y: float, size: float) -> None:
        for n in range(5):
            view.fill(leaf(x, y, 48 * size, 17 * size, n * 72 - 90), diagonal("#ffffff", "#f3ecd9"))
        view.fill(ellipse(x, y, 9 * size), "#f2c14e")

    _pouch(canvas, ink, [("JASMINE", 40), ("green tea", 21)], flower, ground=ink.body.deep)


def chocolate(canvas: Canvas, ink: Ink) -> None:
    view = canvas.at(turn=-16)
    bar = box(264, 140, 272, 330, 6)
    view.cast(bar)
    cocoa = Tone("#5a3424")
    view.fill(bar, cocoa.dark)
    for row in range(5):
        for column in range(4):
            x, y = 270 + column * 67, 146 + row * 67
            view.fill(box(x, y, 60, 60, 5), diagonal(cocoa.light, cocoa.dark))
            view.fill(box(x + 9, y + 9, 42, 42, 4), cocoa.base)
    foil = path("M252 330 L284 306 L316 330 L350 302 L390 330 L428 300 L462 328 L500 304 L548 330 L548 420 L252 420 Z")
    view.fill(foil, across("#f3f5f8", "#c3c9d3", "#fbfcff", "#aab1bd"))
    sleeve = box(250, 356, 300, 310, 6)
    view.cast(sleeve)
    view.fill(sleeve, across(ink.body.light, ink.body.base, ink.body.shade))
    view.fill(box(250, 356, 300, 12), ink.trim.base)
    view.fill(box(250, 640, 300, 26), ink.trim.base)
    label(view, 400, 494, [("DARK", 74), ("BEAN TO BAR", 27)], ink.trim.base)
    view.fill(star(400, 594, 22, 9, 8), ink.trim.base)


def cookies(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 210, 32)
    round_side(canvas, can(400, 500, 630, 205, 48), ink.body, gloss=0.2)
    canvas.fill(ellipse(400, 500, 205, 48), diagonal(ink.body.pale, ink.body.dark))
    canvas.fill(ellipse(400, 503, 190, 40), ink.body.deep)
    for x, y, turn in ((300, 470, -12), (500, 468, 12), (356, 430, -6), (448, 424, 9), (400, 478, 0)):
        cookie = canvas.at(x - 400, y - 400, turn=turn)
        cookie.fill(ellipse(400, 412, 84, 64), "#a96a30")
        cookie.fill(ellipse(400, 400, 84, 64), diagonal("#efbf7c", "#cd8b45"))
        for dx, dy in ((-38, -12), (8, -30), (40, 4), (-8, 16), (-46, 22), (26, 32)):
            cookie.fill(ellipse(400 + dx, 400 + dy, 11, 9), diagonal("#6a4029", "#3d2418"))
    canvas.fill(path("M195 500 C195 566 605 566 605 500 L605 512 C605 580 195 580 195 512 Z"), ink.body.light)
    label(canvas, 400, 606, [("BUTTER COOKIES", 27)], ink.body.print)


def honey(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 160, 28)
    body = path(
        "M280 330 L520 330 C566 370 566 420 560 480 C556 560 556 600 530 640 "
        "C500 664 300 664 270 640 C244 600 244 560 240 480 "
        "C234 420 234 370 280 330 Z"
    )
    round_side(canvas, body, Tone("#e8961e"))
    canvas.fill(ellipse(400, 500, 120, 110), "#ffc24a", opacity=0.5, blur=40, within=body)
    canvas.fill(box(268, 370, 22, 230, 11), "#ffffff", opacity=0.55, blur=3, within=body)
    canvas.fill(can(400, 300, 336, 126, 22), across("#d58a1c", "#f2b54b", "#c97c14"))
    cylinder(canvas, 400, 232, 300, 134, 24, ink.body)
    cloth = path(
        "M262 262 C300 300 500 300 538 262 L560 346 C520 332 500 356 460 342 "
        "C430 360 380 344 350 352 C310 336 280 352 240 340 Z"
    )
    canvas.fill(cloth, across(ink.trim.light, ink.trim.base, ink.trim.dark))
    canvas.fill(ellipse(400, 256, 138, 26), diagonal(ink.trim.pale, ink.trim.base))
    canvas.fill(line("M262 296 C320 320 480 320 538 296", 6), ink.body.base)
    canvas.fill(star(400, 488, 92, 80, 6, turn=0), "#fff6df")
    label(canvas, 400, 488, [("HONEY", 36), ("linden", 22)], "#7a4a0c")


def chilli(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 145, 28)
    body = path(
        "M288 330 L512 330 C546 350 546 380 546 420 L546 600 C546 664 254 664 254 600 L254 420 "
        "C254 380 254 350 288 330 Z"
    )
    round_side(canvas, body, Tone("#b5281c"))
    for n in range(46):
        x, y = 264 + (n * 61) % 272, 372 + (n * 97) % 270
        canvas.fill(ellipse(x, y, 6, 4), ("#f4b84a", "#e8502e", "#7d150f")[n % 3], opacity=0.8, within=body)
    canvas.fill(box(276, 380, 20, 230, 10), "#ffffff", opacity=0.45, blur=3, within=body)
    cylinder(canvas, 400, 250, 322, 122, 22, ink.body, gloss=0.3)
    for x in range(288, 520, 15):
        canvas.fill(line(f"M{x} 276 L{x} 336", 2), ink.body.deep, opacity=0.25)
    sticker = box(254, 430, 292, 164)
    canvas.fill(sticker, across(ink.trim.shade, ink.trim.pale, ink.trim.light, ink.trim.dark), within=body)
    canvas.fill(path("M352 470 C390 462 440 490 462 540 C420 530 360 520 352 470 Z"), diagonal("#e8402e", "#a8180f"))
    canvas.fill(line("M354 470 C344 460 340 452 330 450", 8), "#4f8a3b")
    label(canvas, 400, 568, [("CHILLI CRISP", 25)], "#4a1a12")


def noodles(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 170, 30)
    for n in range(7):
        x = 262 + n * 46
        canvas.fill(line(f"M{x} 330 C{x + 30} 290 {x - 24} 262 {x + 10} 226", 12), "#ffffff", opacity=0.28, blur=8)
    side = can(400, 380, 626, 196, 40, foot=132)
    round_side(canvas, side, ink.body, gloss=0.2)
    canvas.fill(
        path("M180 470 C300 530 500 530 620 470 L620 540 C500 600 300 600 180 540 Z"), ink.trim.base, within=side
    )
    label(canvas, 400, 548, [("KNIFE-CUT NOODLES", 24)], ink.trim.print)
    canvas.fill(ellipse(400, 380, 206, 44), diagonal("#ffffff", "#e2ddd4"))
    canvas.fill(ellipse(400, 382, 186, 36), diagonal("#b5522a", "#7d2f16"))
    for n in range(9):
        y = 366 + n * 4
        canvas.fill(
            line(f"M{252 + n * 7} {y} C330 {y - 26} 420 {y + 30} {546 - n * 6} {y - 4}", 8),
            "#f4d488",
            within=ellipse(400, 382, 184, 34),
        )
    canvas.fill(ellipse(330, 376, 44, 18), "#fffaf0")
    canvas.fill(ellipse(332, 376, 22, 10), "#f5a524")
    for x, y in ((430, 368), (470, 386), (446, 396), (500, 372), (410, 392)):
        canvas.fill(ellipse(x, y, 11, 5).without(ellipse(x, y, 5, 2)), "#6aa84f")
    for shift in (0, 26):
        canvas.fill(line(f"M{470 + shift} 376 L{640 + shift} 176", 10), across("#b5763c", "#d99a5b", "#8a5426"))
