"""Electronics. Things stand at y = 650 around x = 400; what is flat lies around (400, 400)."""

from __future__ import annotations

from project.demo.drawing.canvas import Canvas, across, diagonal, down
from project.demo.drawing.colour import Ink, Tone
from project.demo.drawing.materials import cylinder, label, panel, round_side, soft
from project.demo.drawing.shapes import box, can, ellipse, line, path

SCREEN = Tone("#171a24")
STEEL = Tone("#b9bec6")


def headphones(canvas: Canvas, ink: Ink) -> None:
    canvas.at(16, 26).fill(line("M222 470 C190 90 610 90 578 470", 40), "#2b1a2e", opacity=0.24, blur=18)
    canvas.fill(line("M226 460 C196 106 604 106 574 460", 40), diagonal(ink.body.light, ink.body.dark))
    canvas.fill(line("M262 300 C300 168 500 168 538 300", 16), ink.trim.base)
    for x, side in ((226, 1), (574, -1)):
        canvas.fill(line(f"M{x} 380 L{x} 470", 14), across(STEEL.base, STEEL.pale, STEEL.dark))
        canvas.fill(box(x + side * 34 - 36, 408, 72, 208, 34), ink.trim.deep)
        cup = ellipse(x - side * 6, 512, 66, 118)
        canvas.at(12, 18).fill(cup, "#2b1a2e", opacity=0.22, blur=16)
        canvas.fill(cup, diagonal(ink.body.light, ink.body.dark))
        canvas.fill(ellipse(x - side * 12, 512, 44, 88), diagonal(ink.body.base, ink.body.light))
        canvas.fill(ellipse(x - side * 12, 512, 10), ink.trim.base)


def earbuds(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(400, 650, 185, 28)
    lid = path("M232 420 C232 290 300 262 400 262 C500 262 568 290 568 420 Z")
    canvas.fill(lid, diagonal(ink.body.light, ink.body.shade))
    canvas.fill(path("M252 420 C252 310 310 284 400 284 C490 284 548 310 548 420 Z"), ink.body.deep, opacity=0.32)
    for x, side in ((326, -1), (474, 1)):
        canvas.fill(box(x - 17, 330, 34, 140, 17), across(ink.body.pale, ink.body.light, ink.body.shade))
        canvas.fill(ellipse(x + side * 10, 338, 42, 38), diagonal(ink.body.pale, ink.body.base))
        canvas.fill(ellipse(x + side * 30, 332, 16, 20), ink.trim.deep)
        canvas.fill(box(x - 4, 420, 8, 34, 4), ink.trim.base)
    case = path("M226 424 L574 424 L574 520 C574 620 520 652 400 652 C280 652 226 620 226 520 Z")
    round_side(canvas, case, ink.body, gloss=0.4)
    canvas.fill(line("M228 426 L572 426", 5), ink.body.deep, opacity=0.35)
    canvas.fill(ellipse(400, 520, 7), "#4bd07f")
    label(canvas, 400, 572, [("souk", 26)], ink.body.print)


def power_bank(canvas: Canvas, ink: Ink) -> None:
    view = canvas.at(turn=-12)
    body = box(276, 170, 248, 460, 46)
    view.cast(body)
    soft(view, body, ink.body)
    view.fill(box(288, 182, 224, 436, 38).without(box(291, 185, 218, 430, 36)), "#ffffff", opacity=0.5)
    view.fill(box(286, 180, 60, 440, 30), "#ffffff", opacity=0.16, blur=14, within=body)
    for n in range(4):
        view.fill(ellipse(350 + n * 34, 236, 8), "#ffffff" if n < 3 else ink.body.dark)
    label(view, 400, 420, [("20,000", 46), ("mAh · 65 W", 24)], ink.body.print)
    view.fill(box(356, 582, 88, 22, 11), ink.body.deep)
    view.fill(
        line("M420 600 C430 700 560 700 600 620 C640 540 590 470 640 420", 15), diagonal(ink.trim.light, ink.trim.dark)
    )
    view.fill(box(622, 372, 36, 62, 8), ink.trim.base)
    view.fill(box(629, 346, 22, 30, 4), STEEL.base)


def speaker(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 165, 30)
    body = can(400, 290, 628, 150, 34)
    round_side(canvas, body, ink.body)
    for row in range(20):
        for n in range(25):
            x, y = 248 + n * 13 + (row % 2) * 6, 336 + row * 15
            curve = 30 * (1 - ((x - 400) / 150) ** 2) if abs(x - 400) < 150 else 0
            canvas.fill(ellipse(x, y + curve - 12, 3), ink.body.deep, opacity=0.3, within=body)
    canvas.fill(can(400, 600, 628, 151, 34), across(ink.trim.shade, ink.trim.light, ink.trim.dark))
    canvas.fill(ellipse(400, 290, 150, 34), diagonal(ink.body.pale, ink.body.dark))
    canvas.fill(ellipse(400, 288, 104, 22), diagonal(ink.body.dark, ink.body.base))
    canvas.fill(ellipse(400, 288, 106, 23).without(ellipse(400, 288, 100, 20)), "#ffdf9a")
    canvas.fill(
        line("M528 300 C590 300 604 372 566 400 C552 410 544 396 546 380", 9), diagonal(ink.trim.light, ink.trim.dark)
    )
    label(canvas, 400, 470, [("souk", 40)], ink.body.print)


def keyboard(canvas: Canvas, ink: Ink) -> None:
    view = canvas.at(turn=-9)
    body = box(90, 258, 620, 288, 30)
    view.cast(body)
    view.fill(body, down(ink.body.light, ink.body.shade))
    view.fill(box(108, 276, 584, 252, 16), ink.body.deep, opacity=0.55)
    rows: tuple[list[float], ...] = (
        [1.0] * 13,
        [1.4, *[1.0] * 11, 1.2],
        [1.7, *[1.0] * 10, 1.9],
        [1.3, 1.3, 6.1, 1.3, 1.3, 1.2, 1.1],
    )
    for r, widths in enumerate(rows):
        unit, x, y = 572 / sum(widths), 114.0, 282 + r * 61
        for n, width in enumerate(widths):
            special = (r, n) in {(0, 0), (1, 12), (2, 11)}
            tone = ink.trim if special else Tone("#f4efe6") if 0 < n < len(widths) - 1 and r < 3 else ink.body
            key = width * unit
            view.fill(box(x + 3, y + 4, key - 6, 54, 9), tone.dark)
            view.fill(box(x + 3, y, key - 6, 51, 9), tone.base)
            view.fill(box(x + 8, y + 4, key - 16, 38, 8), down(tone.light, tone.base))
            x += key


def watch(canvas: Canvas, ink: Ink) -> None:
    view = canvas.at(turn=10)
    strap = path("M318 90 L482 90 L506 280 L506 520 L482 710 L318 710 L294 520 L294 280 Z")
    view.cast(strap)
    view.fill(strap, across(ink.body.light, ink.body.base, ink.body.dark))
    for n in range(5):
        view.fill(ellipse(400, 590 + n * 24, 8, 6), ink.body.deep, opacity=0.6)
    case = box(252, 224, 296, 352, 84)
    view.cast(case, blur=14, opacity=0.2)
    view.fill(case, diagonal(STEEL.pale, STEEL.dark))
    view.fill(box(548, 350, 22, 66, 9), across(STEEL.base, STEEL.dark))
    view.fill(box(266, 238, 268, 324, 72), SCREEN.base)
    label(view, 400, 348, [("10:08", 76)], "#ffffff")
    for n, colour in enumerate(("#ff5a70", "#a4e05a", "#4cc9f0")):
        ring = ellipse(344, 470, 50 - n * 15).without(ellipse(344, 470, 41 - n * 15))
        view.fill(ring, colour)
    label(view, 456, 470, [("8,426", 33), ("steps", 21)], "#cfd6e6")
    view.fill(path("M266 310 C266 262 300 238 340 238 L430 238 L300 480 L266 520 Z"), "#ffffff", opacity=0.08, blur=3)
    label(view, 400, 284, [("MON 23", 22)], ink.trim.base)


def fan(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 115, 24)
    cylinder(canvas, 400, 616, 640, 106, 20, ink.body)
    canvas.fill(path("M384 470 L416 470 L424 620 L376 620 Z"), across(ink.body.light, ink.body.base, ink.body.dark))
    canvas.at(8, 16).fill(ellipse(400, 330, 190), "#2b1a2e", opacity=0.16, blur=20)
    canvas.fill(ellipse(400, 330, 192), diagonal(ink.body.light, ink.body.dark))
    canvas.fill(ellipse(400, 330, 172), diagonal("#ffffff", ink.body.pale))
    for n in range(5):
        blade = canvas.at(turn=n * 72 + 20, around=(400, 330))
        blade.fill(
            path("M400 330 C350 280 350 200 400 174 C450 180 462 240 430 300 Z"),
            diagonal(ink.trim.light, ink.trim.base),
            opacity=0.9,
        )
    for n in range(36):
        canvas.at(turn=n * 10, around=(400, 330)).fill(line("M400 284 L400 160", 3), ink.body.dark, opacity=0.5)
    for r in (90, 132):
        canvas.fill(ellipse(400, 330, r).without(ellipse(400, 330, r - 3)), ink.body.dark, opacity=0.5)
    canvas.fill(ellipse(400, 330, 46), diagonal(ink.body.pale, ink.body.shade))
    label(canvas, 400, 330, [("souk", 20)], ink.body.print)
    canvas.fill(ellipse(400, 614, 12, 5), "#4bd07f")


def camera(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 220, 30)
    canvas.fill(box(262, 160, 276, 200, 10), down("#fffdf8", "#e9e4db"))
    canvas.fill(box(284, 180, 232, 170), diagonal("#f9c784", "#e0707a"))
    canvas.fill(ellipse(446, 250, 32), "#fff1c4")
    canvas.fill(
        path("M284 350 L284 300 C330 260 360 300 400 310 C440 280 480 300 516 280 L516 350 Z"), "#5a5f8a", opacity=0.8
    )
    body = path(
        "M196 380 C196 336 226 320 268 320 L532 320 C574 320 604 336 604 380 L616 600 "
        "C616 640 596 652 560 652 L240 652 "
        "C204 652 184 640 184 600 Z"
    )
    canvas.fill(body, diagonal(ink.body.light, ink.body.shade))
    canvas.fill(box(184, 560, 432, 26), ink.trim.base, within=body)
    canvas.fill(box(236, 338, 328, 12, 6), ink.body.deep, opacity=0.55)
    canvas.fill(ellipse(404, 478, 118), ink.body.deep, opacity=0.2, blur=10, within=body)
    for radius, paint in (
        (112, diagonal(STEEL.pale, STEEL.dark)),
        (98, diagonal(SCREEN.light, SCREEN.base)),
        (66, diagonal("#2c3c62", "#12131c")),
    ):
        canvas.fill(ellipse(400, 470, radius), paint)
    canvas.fill(ellipse(376, 444, 22, 15), "#ffffff", opacity=0.65, blur=4)
    canvas.fill(ellipse(424, 500, 12), "#8fb4ff", opacity=0.5, blur=3)
    panel(canvas, box(500, 372, 76, 56, 10), Tone("#f3f5f8"))
    canvas.fill(box(508, 380, 60, 40, 6), diagonal("#ffffff", "#c9d3e0"))
    canvas.fill(ellipse(246, 408, 25), diagonal(ink.trim.light, ink.trim.dark))
