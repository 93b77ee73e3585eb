"""Beauty and care. Things stand at y = 650 around x = 400."""

from __future__ import annotations

from project.demo.drawing.canvas import Canvas, across, diagonal, down
from project.demo.drawing.colour import Ink, Tone
from project.demo.drawing.materials import cylinder, glass, label, panel, round_side, soft, sprig
from project.demo.drawing.shapes import box, can, ellipse, line, path

GOLD = Tone("#d9b36c")


def lipstick(canvas: Canvas, ink: Ink) -> None:
    lying = canvas.at(128, 92, scale=0.78)
    canvas.shadow(370, 650, 100, 24)
    round_side(canvas, can(350, 460, 640, 72, 16), ink.trim, gloss=0.35)
    canvas.fill(can(350, 450, 470, 72, 16), across(GOLD.shade, GOLD.pale, GOLD.base, GOLD.dark))
    round_side(canvas, can(350, 400, 452, 58, 13), GOLD, gloss=0.4)
    bullet = path("M306 404 L306 280 C306 240 340 206 394 196 L394 404 C380 420 320 420 306 404 Z")
    round_side(canvas, bullet, ink.body, gloss=0.3)
    canvas.fill(
        path("M306 282 C306 240 340 206 394 196 C400 226 372 284 306 296 Z"), diagonal(ink.body.pale, ink.body.base)
    )
    label(canvas, 350, 560, [("SOUK", 24)], ink.trim.print)
    lying.shadow(460, 706, 90, 20)
    round_side(lying, can(460, 440, 690, 78, 17), ink.trim, gloss=0.35)
    lying.fill(ellipse(460, 440, 78, 17), diagonal(ink.trim.pale, ink.trim.base))
    lying.fill(can(460, 660, 690, 78, 17), across(GOLD.shade, GOLD.pale, GOLD.base, GOLD.dark))


def compact(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(400, 650, 215, 30)
    canvas.fill(ellipse(400, 356, 196), diagonal(ink.trim.light, ink.trim.dark))
    canvas.fill(ellipse(400, 356, 170), diagonal("#ffffff", "#c3d0da"))
    canvas.fill(
        path("M270 400 L430 200 L490 226 L320 460 Z"), "#ffffff", opacity=0.55, within=ellipse(400, 356, 168), blur=4
    )
    canvas.fill(box(340, 540, 120, 26, 10), across(GOLD.dark, GOLD.pale, GOLD.dark))
    round_side(canvas, can(400, 580, 622, 205, 46), ink.trim)
    canvas.fill(ellipse(400, 580, 205, 46), diagonal(ink.trim.pale, ink.trim.base))
    canvas.fill(ellipse(400, 580, 176, 37), ink.body.dark)
    canvas.fill(ellipse(400, 583, 172, 34), diagonal(ink.body.pale, ink.body.base))
    puff = can(430, 552, 574, 108, 25)
    round_side(canvas, puff, Tone("#f3e7dc"))
    canvas.fill(ellipse(430, 552, 108, 25), diagonal("#fffaf3", "#ecdccd"))
    canvas.fill(path("M330 546 C380 528 480 528 530 546 L530 560 C480 542 380 542 330 560 Z"), ink.body.dark)
    canvas.fill(ellipse(400, 622 + 40, 16, 6), GOLD.base)


def dropper(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 140, 28)
    bottle = path(
        "M346 320 L454 320 C460 350 524 350 524 410 L524 612 C524 660 276 660 276 612 L276 410 "
        "C276 350 340 350 346 320 Z"
    )
    round_side(canvas, bottle, ink.body)
    canvas.fill(
        path("M276 470 C340 452 460 488 524 468 L524 680 L276 680 Z"), ink.body.dark, opacity=0.35, within=bottle
    )
    canvas.fill(box(392, 320, 16, 250, 8), "#ffffff", opacity=0.28, within=bottle)
    canvas.fill(box(300, 390, 22, 230, 11), "#ffffff", opacity=0.5, blur=3, within=bottle)
    round_side(canvas, can(400, 262, 322, 60, 11), GOLD, gloss=0.4)
    bulb = path("M362 262 C362 220 352 190 364 150 C370 116 430 116 436 150 C448 190 438 220 438 262 Z")
    round_side(canvas, bulb, ink.trim)
    canvas.fill(box(322, 452, 156, 120, 4), "#fffaf2", opacity=0.92)
    label(canvas, 400, 512, [("C 15", 40), ("bright serum", 19)], "#3b2f2a")


def jar(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(400, 650, 195, 32)
    round_side(canvas, can(400, 490, 632, 180, 40), ink.body, gloss=0.4)
    label(canvas, 396, 586, [("CALM", 38), ("barrier cream", 20)], ink.body.print)
    cylinder(canvas, 400, 398, 486, 186, 41, ink.trim, gloss=0.3)
    canvas.fill(can(400, 478, 490, 187, 41), across(GOLD.shade, GOLD.pale, GOLD.base, GOLD.dark))
    sprig(canvas, 400, 412, 34, ink.trim.dark, turn=-90)


def tube(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 652, 110, 24)
    body = path("M268 190 L532 190 C524 340 492 470 478 566 L322 566 C308 470 276 340 268 190 Z")
    round_side(canvas, body, ink.body, gloss=0.3)
    canvas.fill(box(262, 168, 276, 38, 6), across(ink.body.base, ink.body.pale, ink.body.dark))
    for x in range(276, 530, 12):
        canvas.fill(line(f"M{x} 172 L{x} 202", 2), ink.body.deep, opacity=0.18)
    round_side(canvas, can(400, 566, 636, 82, 15), ink.trim, gloss=0.3)
    canvas.fill(ellipse(400, 566, 82, 9), ink.trim.deep, opacity=0.25)
    sprig(canvas, 398, 352, 70, ink.trim.base)
    label(canvas, 398, 424, [("HAND CREAM", 24), ("75 ml", 22)], ink.body.print)


def sunscreen(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 130, 26)
    body = path("M300 290 C296 262 504 262 500 290 L528 380 L528 600 C528 660 272 660 272 600 L272 380 Z")
    round_side(canvas, body, ink.body, gloss=0.45)
    cylinder(canvas, 400, 186, 278, 84, 17, ink.trim, gloss=0.3)
    canvas.fill(ellipse(400, 430, 50), ink.trim.base)
    for n in range(12):
        canvas.at(turn=n * 30, around=(400, 430)).fill(line("M400 358 L400 338", 9), ink.trim.base)
    label(canvas, 400, 560, [("SPF 50+", 38), ("water light", 20)], ink.body.print)


def perfume(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(402, 650, 165, 28)
    bottle = box(248, 330, 304, 322, 34)
    canvas.fill(bottle, across(ink.body.pale, ink.body.light, ink.body.base, ink.body.shade))
    canvas.fill(box(280, 370, 240, 250, 20), down(ink.body.light, ink.body.base))
    canvas.fill(box(280, 470, 240, 150, 20), ink.body.dark, opacity=0.28)
    canvas.fill(path("M270 340 L330 340 L290 640 L262 640 Z"), "#ffffff", opacity=0.5, blur=5, within=bottle)
    canvas.fill(box(532, 340, 12, 300, 6), "#ffffff", opacity=0.35, blur=2)
    canvas.fill(box(362, 290, 76, 44, 4), across(GOLD.dark, GOLD.pale, GOLD.base, GOLD.dark))
    glass(canvas, box(336, 184, 128, 110, 18), ink.trim.base, opacity=1)
    canvas.fill(box(352, 194, 18, 90, 8), "#ffffff", opacity=0.5, blur=2)
    canvas.fill(box(320, 436, 160, 96, 2), "#fffaf2", opacity=0.9)
    label(canvas, 400, 486, [("SOUK", 36), ("city garden", 20)], "#3b2f2a")


def brush(canvas: Canvas, ink: Ink) -> None:
    view = canvas.at(turn=32)
    handle = path("M372 430 C360 540 366 640 380 690 C388 714 412 714 420 690 C434 640 440 540 428 430 Z")
    head = ellipse(400, 270, 138, 176)
    view.cast(handle)
    view.cast(head)
    soft(view, handle, ink.body)
    soft(view, head, ink.body)
    pad = ellipse(400, 268, 108, 144)
    view.fill(pad, diagonal(ink.trim.light, ink.trim.dark))
    for row in range(9):
        for column in range(-3, 4):
            x, y = 400 + column * 28 + (row % 2) * 14 - 7, 150 + row * 30
            if ((x - 400) / 94) ** 2 + ((y - 268) / 130) ** 2 < 1:
                view.fill(line(f"M{x} {y} L{x - 5} {y - 12}", 4), ink.trim.deep)
                view.fill(ellipse(x - 5, y - 13, 5), "#fff4e6")
    view.fill(ellipse(400, 660, 9), ink.body.deep, opacity=0.6)
    panel(view, box(388, 470, 24, 70, 12), ink.trim)
