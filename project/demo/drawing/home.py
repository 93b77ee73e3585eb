"""Home. Things stand at y = 650 around x = 400; what is flat lies around (400, 400)."""

from __future__ import annotations

from project.demo.drawing.canvas import Canvas, across, diagonal, down
from project.demo.drawing.colour import Ink, Tone
from project.demo.drawing.materials import cylinder, label, round_side, soft
from project.demo.drawing.shapes import box, can, ellipse, leaf, line, path

BRASS = Tone("#c79a54")
GREEN = Tone("#4f8a5b")


def lamp(canvas: Canvas, ink: Ink) -> None:
    canvas.fill(path("M286 330 L514 330 L640 660 L160 660 Z"), "#fff1c4", opacity=0.55, blur=34)
    canvas.shadow(400, 646, 120, 24)
    cylinder(canvas, 400, 622, 640, 104, 20, ink.trim)
    canvas.fill(box(390, 320, 20, 304), across(BRASS.shade, BRASS.pale, BRASS.dark))
    bulb = ellipse(400, 334, 94, 62)
    canvas.fill(bulb, "#fff6da")
    canvas.fill(ellipse(400, 340, 70, 46), "#ffffff", blur=12)
    dome = path("M224 334 C224 210 300 160 400 160 C500 160 576 210 576 334 C500 360 300 360 224 334 Z")
    round_side(canvas, dome, ink.body, gloss=0.25)
    canvas.fill(path("M224 334 C300 360 500 360 576 334 C500 348 300 348 224 334 Z"), "#fff1c4", opacity=0.9)
    canvas.fill(ellipse(400, 160, 22, 10), BRASS.base)
    canvas.fill(line("M470 352 L470 452", 3), BRASS.dark)
    canvas.fill(ellipse(470, 458, 8), BRASS.base)


def candle(canvas: Canvas, ink: Ink) -> None:
    canvas.fill(ellipse(400, 350, 150), "#ffe9b0", opacity=0.55, blur=60)
    canvas.shadow(402, 650, 155, 28)
    body = can(400, 400, 634, 140, 30)
    round_side(canvas, body, ink.body, gloss=0.45)
    canvas.fill(ellipse(400, 400, 140, 30), ink.body.dark)
    canvas.fill(ellipse(400, 404, 130, 26), ink.body.deep, opacity=0.35)
    canvas.fill(ellipse(400, 414, 122, 20), diagonal("#fffaf0", "#f2e2c6"))
    canvas.fill(line("M400 412 L402 376", 5), "#4a3a34")
    flame = path("M402 262 C430 310 440 340 432 360 C424 388 380 388 372 360 C364 336 388 312 402 262 Z")
    canvas.fill(flame, down("#ffe9a8", "#f59a32"))
    canvas.fill(
        path("M402 312 C416 340 420 352 414 364 C408 378 394 378 390 364 C386 350 394 338 402 312 Z"), "#fff8dc"
    )
    canvas.fill(box(304, 468, 192, 112, 4), ink.trim.pale)
    label(canvas, 400, 526, [("AFTER RAIN", 27), ("cedar · fig · moss", 19)], "#3b2f2a")


def vase(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 130, 26)
    for stem, flower in (
        ("M396 330 C390 240 350 190 310 150", (306, 146)),
        ("M402 330 C402 220 410 170 414 108", (414, 104)),
        ("M408 330 C420 250 470 210 506 176", (510, 172)),
    ):
        canvas.fill(line(stem, 6), GREEN.dark)
        for n in range(9):
            canvas.fill(leaf(*flower, 50, 15, n * 40), ink.trim.light if n % 2 else ink.trim.base)
        canvas.fill(ellipse(*flower, 13), "#f6c453")
    for x, y, turn in ((370, 236, 190), (404, 230, -30), (440, 246, -10), (398, 286, 205)):
        canvas.fill(leaf(x, y, 62, 14, turn), GREEN.base)
    body = path(
        "M362 320 L438 320 C440 370 430 390 460 420 C520 474 540 540 500 612 "
        "C476 660 324 660 300 612 C260 540 280 474 340 420 "
        "C370 390 360 370 362 320 Z"
    )
    round_side(canvas, body, ink.body, gloss=0.2)
    canvas.fill(ellipse(400, 320, 38, 9), ink.body.deep)
    for y in (500, 516):
        canvas.fill(line(f"M240 {y} C320 {y + 34} 480 {y + 34} 560 {y}", 5), ink.body.pale, opacity=0.6, within=body)


def cushion(canvas: Canvas, ink: Ink) -> None:
    back = canvas.at(74, -46, scale=0.92, turn=9)
    for view, tone, stripes in ((back, ink.trim, False), (canvas.at(-44, 36), ink.body, True)):
        shape = path(
            "M196 214 C300 250 500 250 604 214 C570 320 570 480 604 586 C500 552 300 552 196 586 "
            "C230 480 230 320 196 214 Z"
        )
        view.cast(shape)
        soft(view, shape, tone)
        if stripes:
            for n in range(5):
                y = 290 + n * 56
                view.fill(
                    line(f"M190 {y} C320 {y + 14} 480 {y + 14} 610 {y}", 15), ink.trim.base, within=shape, opacity=0.85
                )
        view.fill(ellipse(470, 500, 130, 80), tone.deep, opacity=0.13, blur=40, within=shape)
        view.fill(line("M204 222 C300 256 500 256 596 222", 4), tone.deep, opacity=0.25)
        for x, y in ((198, 216), (602, 216), (602, 584), (198, 584)):
            view.fill(ellipse(x, y, 13), tone.dark)


def plant(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 135, 26)
    for x, y, size, turn, tone in (
        (392, 470, 300, -128, "#3f7a4f"),
        (408, 470, 310, -54, "#4c8a58"),
        (398, 470, 330, -98, "#5a9a63"),
        (404, 480, 250, -24, "#3f7a4f"),
        (396, 480, 250, -158, "#5a9a63"),
        (402, 470, 300, -76, "#6aab70"),
    ):
        _monstera(canvas, x, y, size, turn, Tone(tone))
    round_side(canvas, can(400, 470, 636, 118, 22, foot=92), ink.body, gloss=0.2)
    round_side(canvas, can(400, 452, 486, 128, 24), ink.body)
    canvas.fill(ellipse(400, 452, 128, 24), ink.body.dark)
    canvas.fill(ellipse(400, 456, 114, 18), "#4a3528")
    for x in (386, 414):
        canvas.fill(line(f"M{x} 458 L{x + (x - 400) * 1.5} 400", 8), "#3f7a4f")
    canvas.fill(ellipse(400, 560, 30), ink.trim.base, opacity=0.9)


def _monstera(canvas: Canvas, x: float, y: float, size: float, turn: float, tone: Tone) -> None:
    """A leaf with slits: it starts half way along its stalk."""
    view = canvas.at(x - 400, y - 400, scale=size / 300, turn=turn)
    view.fill(line("M400 400 L570 400", 6), tone.dark)
    blade = path(
        "M540 400 C512 330 560 286 610 302 L604 352 L634 308 C660 316 680 332 694 350 L664 374 "
        "L706 366 C718 380 724 392 728 400 "
        "C724 408 718 420 706 434 L664 426 L694 450 C680 468 660 484 634 492 L604 448 L610 498 "
        "C560 514 512 470 540 400 Z"
    )
    view.fill(blade, across(tone.dark, tone.base, tone.light))
    view.fill(line("M548 400 L712 400", 4), tone.pale, opacity=0.7)
    for n in range(3):
        for side in (-1, 1):
            start = 580 + n * 38
            view.fill(line(f"M{start} 400 L{start + 34} {400 + side * (58 - n * 10)}", 3), tone.pale, opacity=0.45)


def basket(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 200, 32)
    throw = path("M250 420 C240 330 330 300 400 330 C460 290 570 320 552 420 Z")
    soft(canvas, throw, ink.trim)
    for fold in (
        "M320 330 C330 370 320 400 326 420",
        "M430 330 C420 370 440 400 436 420",
        "M500 330 C506 360 500 400 506 420",
    ):
        canvas.fill(line(fold, 10), ink.trim.deep, opacity=0.2, blur=6, within=throw)
    for x in (208, 592):
        canvas.fill(line(f"M{x} 470 C{x + (x - 400) * 0.28} 440 {x + (x - 400) * 0.28} 540 {x} 520", 18), ink.body.dark)
    side = can(400, 420, 630, 200, 40, foot=172)
    round_side(canvas, side, ink.body)
    for row in range(9):
        y = 432 + row * 24
        for n in range(17):
            x = 190 + n * 26 + (row % 2) * 13
            canvas.fill(
                line(f"M{x} {y + 14} C{x + 5} {y + 20} {x + 15} {y + 20} {x + 20} {y + 14}", 8),
                ink.body.deep,
                opacity=0.2,
                within=side,
            )
    rim = ellipse(400, 420, 204, 42).without(ellipse(400, 418, 182, 32))
    canvas.fill(path("M196 420 C220 480 580 480 604 420 L604 440 C580 506 220 506 196 440 Z"), ink.body.light)
    canvas.fill(rim, across(ink.body.base, ink.body.light, ink.body.dark))
    front = path("M300 436 C330 420 420 420 452 440 C470 500 440 560 400 570 C350 556 310 500 300 436 Z")
    soft(canvas, front, ink.trim)
    for x in range(330, 450, 15):
        canvas.fill(line(f"M{x} {556 - abs(x - 396) * 0.5} L{x} {588 - abs(x - 396) * 0.5}", 4), ink.trim.base)


def umbrella(canvas: Canvas, ink: Ink) -> None:
    view = canvas.at(14, 26, turn=-14)
    canopy = path(
        "M110 400 C110 220 260 120 400 120 C540 120 690 220 690 400 C650 360 590 360 545 398 C500 360 440 360 400 398 "
        "C360 360 300 360 255 398 C210 360 150 360 110 400 Z"
    )
    view.cast(canopy, dx=24, dy=34)
    view.fill(line("M400 120 L400 640 C400 700 480 700 480 640", 15), across("#8d6a48", "#c49a6c", "#6b4d33"))
    soft(view, canopy, ink.body)
    panels = (
        "M400 122 C330 180 262 280 255 398 C300 360 360 360 400 398 Z",
        "M400 122 C470 180 538 280 545 398 C590 360 650 360 690 400 C690 220 540 120 400 122 Z",
    )
    view.fill(path(panels[0]), ink.body.dark, opacity=0.25)
    view.fill(path(panels[1]), ink.body.deep, opacity=0.24)
    view.fill(
        line(
            "M112 396 C150 358 210 358 255 396 C300 358 360 358 400 396 C440 358 500 358 545 396 "
            "C590 358 650 358 688 396",
            11,
        ),
        ink.trim.base,
        within=canopy,
    )
    view.fill(line("M400 96 L400 126", 9), "#8d6a48")


def clock(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 648, 150, 24)
    for x, turn in ((300, 24), (500, -24)):
        canvas.at(turn=turn, around=(x, 600)).fill(box(x - 11, 590, 22, 62, 10), ink.trim.dark)
    for x, turn in ((300, -34), (500, 34)):
        bell = canvas.at(turn=turn, around=(x, 232))
        bell.fill(
            path(f"M{x - 66} 242 C{x - 66} 180 {x + 66} 180 {x + 66} 242 Z"), diagonal(ink.trim.pale, ink.trim.dark)
        )
    canvas.fill(line("M340 190 C360 150 440 150 460 190", 12), ink.trim.dark)
    canvas.fill(box(393, 184, 14, 50), ink.trim.dark)
    canvas.fill(ellipse(400, 430, 212), diagonal(ink.body.light, ink.body.dark))
    canvas.fill(ellipse(400, 430, 178), ink.body.deep, opacity=0.35)
    canvas.fill(ellipse(400, 432, 176), diagonal("#ffffff", "#f1ebe2"))
    for n in range(12):
        tick = canvas.at(turn=n * 30, around=(400, 432))
        tick.fill(line("M400 276 L400 292", 7 if n % 3 == 0 else 3), "#4a4148")
    canvas.fill(line("M400 432 L330 372", 13), "#3a3238")
    canvas.fill(line("M400 432 L470 326", 9), "#3a3238")
    canvas.fill(line("M400 460 L400 310", 3), ink.body.base)
    canvas.fill(ellipse(400, 432, 12), ink.body.base)
