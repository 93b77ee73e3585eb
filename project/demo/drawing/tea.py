"""Tea and coffee. Things stand at y = 650 around x = 400."""

from __future__ import annotations

from project.demo.drawing.canvas import Canvas, across, diagonal, down
from project.demo.drawing.colour import Ink, Tone
from project.demo.drawing.materials import cylinder, label, round_side, sprig
from project.demo.drawing.shapes import box, can, ellipse, line, path

BREW = Tone("#a2552a")
STEEL = Tone("#b9bec6")


def mug(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(400, 628, 165, 34)
    handle = line("M520 400 C640 380 650 560 505 570", 34)
    canvas.fill(handle, diagonal(ink.body.base, ink.body.dark))
    canvas.fill(line("M522 396 C632 378 642 548 512 562", 8), ink.body.pale, opacity=0.5)
    side = path("M250 330 C250 330 252 560 268 600 C285 650 500 650 516 600 C532 560 534 330 534 330 Z")
    round_side(canvas, side, ink.body, gloss=0.35)
    glaze = path("M240 520 C320 560 460 500 545 540 L545 700 L240 700 Z")
    canvas.fill(glaze, across(ink.trim.light, ink.trim.base, ink.trim.dark), within=side)
    canvas.fill(ellipse(392, 330, 142, 34), diagonal(ink.body.pale, ink.body.base))
    canvas.fill(ellipse(392, 333, 126, 27), ink.body.dark)
    canvas.fill(ellipse(392, 340, 116, 21), down(BREW.dark, BREW.base))
    for x, sway in ((350, 22), (400, -22), (446, 20)):
        steam = f"M{x} 290 C{x + sway} 255 {x - sway} 225 {x} 185"
        canvas.fill(line(steam, 10), "#ffffff", opacity=0.55, blur=5)


def tin(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(405, 650, 170, 32)
    round_side(canvas, can(400, 310, 640, 150, 30), ink.body, gloss=0.22)
    band = can(400, 420, 560, 150, 30).without(can(400, 300, 420, 150, 30))
    canvas.fill(band, across(ink.trim.shade, ink.trim.light, ink.trim.base, ink.trim.dark))
    sprig(canvas, 396, 520, 62, ink.body.base)
    label(canvas, 396, 556, [("SOUK TEA", 21)], ink.trim.print)
    cylinder(canvas, 400, 232, 310, 156, 31, ink.body)
    canvas.fill(line("M245 312 C280 352 520 352 555 312", 4), ink.body.deep, opacity=0.35)
    canvas.fill(ellipse(400, 230, 112, 20), diagonal(ink.body.base, ink.body.light))


def caddy(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(410, 650, 180, 30)
    canvas.fill(path("M262 300 L538 300 L538 650 L262 650 Z"), across(ink.body.light, ink.body.base, ink.body.shade))
    canvas.fill(box(496, 300, 42, 350), ink.body.dark, opacity=0.45)
    canvas.fill(box(292, 372, 190, 228, 8), ink.trim.pale)
    for y, curve in ((520, 0), (545, 10)):
        hills = (
            f"M302 {y + curve} C350 {y - 60} 380 {y + 20} 420 {y - 30} "
            f"C440 {y - 50} 460 {y} 472 {y - 10} L472 590 L302 590 Z"
        )
        canvas.fill(path(hills), ink.body.base, opacity=0.35 + curve / 30)
    canvas.fill(ellipse(436, 430, 20), ink.trim.base)
    label(canvas, 372, 432, [("LONG", 26), ("JING", 26)], ink.body.deep)
    canvas.fill(box(252, 236, 296, 76, 10), across(ink.trim.light, ink.trim.base, ink.trim.dark))
    canvas.fill(box(252, 236, 296, 14, 7), ink.trim.pale, opacity=0.8)
    canvas.fill(box(262, 312, 276, 10), ink.body.deep, opacity=0.22, blur=3)


def teapot(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(400, 650, 215, 34)
    canvas.fill(line("M300 360 C300 200 500 200 500 360", 20), across(ink.trim.light, ink.trim.base, ink.trim.dark))
    spout = path("M520 560 C600 560 600 440 668 392 L636 372 C570 400 560 450 510 470 Z")
    canvas.fill(spout, diagonal(ink.body.base, ink.body.dark))
    body = path(
        "M400 350 C560 350 590 430 580 520 C570 620 500 650 400 650 C300 650 230 620 220 520 C210 430 240 350 400 350 Z"
    )
    round_side(canvas, body, ink.body)
    canvas.fill(ellipse(320, 440, 50, 34), "#ffffff", opacity=0.4, blur=14, within=body)
    canvas.fill(ellipse(400, 368, 112, 26), diagonal(ink.body.pale, ink.body.shade))
    canvas.fill(
        path("M300 362 C320 318 480 318 500 362 C470 386 330 386 300 362 Z"), diagonal(ink.body.light, ink.body.dark)
    )
    canvas.fill(ellipse(400, 318, 25, 22), diagonal(ink.trim.light, ink.trim.dark))
    canvas.fill(line("M232 500 C300 540 500 540 570 500", 5), ink.body.deep, opacity=0.18)


def kettle(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(390, 650, 200, 32)
    canvas.fill(
        line("M470 590 C600 600 560 380 640 330 L684 318", 24), across(ink.body.base, ink.body.light, ink.body.dark)
    )
    canvas.fill(line("M270 330 C120 310 130 560 210 590", 30), diagonal(ink.trim.light, ink.trim.dark))
    side = path("M270 350 L510 350 L560 620 C550 656 230 656 220 620 Z")
    round_side(canvas, side, ink.body, gloss=0.3)
    canvas.fill(ellipse(390, 350, 122, 26), diagonal(ink.body.pale, ink.body.dark))
    canvas.fill(
        path("M280 346 C300 308 480 308 500 346 C470 366 310 366 280 346 Z"), diagonal(ink.body.light, ink.body.dark)
    )
    canvas.fill(box(376, 270, 28, 48, 12), across(ink.trim.light, ink.trim.dark))
    canvas.fill(ellipse(390, 470, 30), STEEL.pale)
    canvas.fill(ellipse(390, 470, 24), "#fdfdfd")
    canvas.fill(line("M390 470 L402 454", 4), "#d2452f")


def coffee_bag(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(405, 652, 185, 30)
    bag = path("M268 250 L532 250 C548 380 552 540 560 640 C500 662 300 662 240 640 C248 540 252 380 268 250 Z")
    canvas.fill(bag, across(ink.body.light, ink.body.base, ink.body.shade, ink.body.dark))
    canvas.fill(
        path("M268 250 L310 250 C300 420 296 540 300 660 L240 640 Z"), ink.body.dark, opacity=0.28, blur=4, within=bag
    )
    canvas.fill(
        path("M532 250 L496 250 C506 420 510 540 504 660 L560 640 Z"), ink.body.deep, opacity=0.28, blur=4, within=bag
    )
    canvas.fill(box(258, 214, 284, 52, 10), down(ink.body.base, ink.body.dark))
    canvas.fill(box(236, 226, 328, 22, 8), across(ink.trim.light, ink.trim.base, ink.trim.dark))
    canvas.fill(ellipse(400, 312, 13), ink.body.deep, opacity=0.5)
    canvas.fill(ellipse(400, 312, 6), ink.body.light)
    canvas.fill(box(312, 370, 176, 210, 10), ink.trim.pale)
    for x, y, turn in ((362, 440, -28), (436, 446, 24), (398, 490, 8)):
        bean = canvas.at(x - 400, y - 400, turn=turn)
        bean.fill(ellipse(400, 400, 24, 33), diagonal("#8a5a3c", "#4e2f20"))
        bean.fill(line("M402 370 C388 392 414 408 398 430", 5), "#35201a")
    label(canvas, 400, 554, [("HOUSE BLEND", 19)], ink.trim.print)


def tumbler(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 120, 26)
    round_side(canvas, can(400, 250, 636, 116, 22, foot=96), ink.body, gloss=0.4)
    canvas.fill(can(400, 600, 636, 98, 20, foot=96), across(STEEL.base, STEEL.pale, STEEL.base, STEEL.dark))
    canvas.fill(can(400, 226, 252, 118, 22), across(STEEL.shade, STEEL.pale, STEEL.base, STEEL.dark))
    cylinder(canvas, 400, 190, 232, 108, 20, ink.trim)
    canvas.fill(box(430, 110, 22, 92, 10), across("#ffffff", ink.trim.light, ink.trim.dark), opacity=0.9)
    canvas.fill(ellipse(441, 190, 18, 6), ink.trim.deep, opacity=0.4)
    sprig(canvas, 394, 460, 54, ink.body.print)


def cold_brew(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 140, 28)
    bottle = path(
        "M360 220 L440 220 L440 290 C440 330 512 340 512 410 L512 610 C512 660 288 660 288 610 L288 410 "
        "C288 340 360 330 360 290 Z"
    )
    canvas.fill(bottle, across("#6b3f2a", "#8d5a3c", "#4c2b1e", "#2e1a14"))
    canvas.fill(box(310, 380, 20, 240, 10), "#ffffff", opacity=0.35, blur=3, within=bottle)
    canvas.fill(box(350, 166, 100, 62, 10), across(ink.body.light, ink.body.base, ink.body.dark))
    sticker = box(288, 430, 224, 150)
    canvas.fill(sticker, across(ink.trim.base, ink.trim.pale, ink.trim.light, ink.trim.dark), within=bottle)
    label(canvas, 400, 494, [("COLD", 40), ("BREW", 40)], ink.trim.print)
    label(canvas, 400, 560, [("slow, 18 hours", 17)], ink.trim.print)
