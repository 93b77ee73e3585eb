"""Clothes and bags, laid out or hung, around (400, 400); shoes stand at y = 650."""

from __future__ import annotations

from project.demo.drawing.canvas import Canvas, across, diagonal, down
from project.demo.drawing.colour import Ink
from project.demo.drawing.materials import label, soft, sprig
from project.demo.drawing.shapes import box, ellipse, line, path

TEE = path(
    "M300 200 C340 240 460 240 500 200 L560 222 L672 330 L600 412 L548 368 L548 640 C500 652 300 652 252 640 L252 368 "
    "L200 412 L128 330 L240 222 Z"
)


def tee(canvas: Canvas, ink: Ink) -> None:
    canvas.cast(TEE)
    soft(canvas, TEE, ink.body)
    for fold in ("M252 372 C270 420 262 520 276 600", "M548 372 C530 420 540 520 522 600"):
        canvas.fill(line(fold, 16), ink.body.deep, opacity=0.16, blur=9, within=TEE)
    canvas.fill(line("M420 640 C430 560 400 520 440 470", 18), ink.body.deep, opacity=0.08, blur=12, within=TEE)
    collar = path("M292 197 C330 268 470 268 508 197 L490 192 C460 244 340 244 310 192 Z")
    canvas.fill(path("M300 200 C340 240 460 240 500 200 C460 206 340 206 300 200 Z"), ink.body.dark)
    canvas.fill(collar, ink.body.shade)
    for cuff in ("M606 404 L674 334", "M126 334 L194 404"):
        canvas.fill(line(cuff, 4), ink.body.deep, opacity=0.25)
    canvas.fill(ellipse(400, 392, 66), ink.trim.base)
    canvas.fill(
        path("M334 400 C360 372 380 420 404 398 C430 374 446 410 466 394 C464 478 336 478 334 400 Z"),
        ink.body.base,
        opacity=0.5,
    )
    label(canvas, 400, 496, [("SLOW SUNDAY", 23)], ink.trim.base)


def hoodie(canvas: Canvas, ink: Ink) -> None:
    body = path(
        "M296 226 C340 262 460 262 504 226 L574 250 C620 300 660 470 684 590 L602 622 L552 430 L552 634 L248 634 "
        "L248 430 L198 622 L116 590 C140 470 180 300 226 250 Z"
    )
    canvas.cast(body)
    soft(canvas, body, ink.body)
    for fold in ("M548 420 C540 360 536 330 520 300", "M252 420 C260 360 264 330 280 300"):
        canvas.fill(line(fold, 14), ink.body.deep, opacity=0.24, blur=7, within=body)
    hood = path("M278 244 C260 130 340 96 400 96 C460 96 540 130 522 244 C480 306 320 306 278 244 Z")
    soft(canvas, hood, ink.body)
    canvas.fill(
        path("M312 236 C306 160 350 134 400 134 C450 134 494 160 488 236 C460 276 340 276 312 236 Z"), ink.body.deep
    )
    canvas.fill(
        path("M330 240 C336 190 360 170 400 170 C440 170 464 190 470 240 C450 264 350 264 330 240 Z"), ink.body.dark
    )
    pocket = path("M312 470 L488 470 L520 560 L520 590 L280 590 L280 560 Z")
    canvas.fill(pocket, diagonal(ink.body.base, ink.body.dark))
    canvas.fill(box(248, 606, 304, 30, 8), ink.body.dark)
    for cuff in ("M198 612 L124 584", "M602 612 L676 584"):
        canvas.fill(line(cuff, 26), ink.body.dark)
    for cord in ("M366 270 C362 310 368 340 362 372", "M434 270 C438 320 430 350 436 392"):
        canvas.fill(line(cord, 8), ink.trim.base)


def sneaker(canvas: Canvas, ink: Ink) -> None:
    for view in (canvas.at(54, -62, scale=0.94), canvas.at(-26, 0)):
        view.shadow(400, 640, 270, 30)
        sole = path("M124 586 C118 620 130 646 160 648 L650 648 C690 648 700 616 690 580 L600 560 L140 560 Z")
        upper = path(
            "M134 590 C122 520 130 430 156 372 C170 350 214 366 232 388 C262 420 300 420 330 372 "
            "C400 400 440 470 520 496 "
            "C600 516 680 530 690 590 Z"
        )
        view.fill(upper, diagonal(ink.body.light, ink.body.shade))
        view.fill(
            path("M500 486 C600 510 686 530 690 592 L520 592 C500 560 492 520 500 486 Z"), ink.body.dark, opacity=0.3
        )
        view.fill(path("M134 590 C122 520 130 440 150 384 C190 430 210 520 200 592 Z"), ink.trim.base)
        view.fill(path("M232 590 C260 520 330 470 420 452 L444 474 C360 500 300 540 284 590 Z"), ink.trim.base)
        view.fill(line("M156 372 C170 350 214 366 232 388 C262 420 300 420 330 372", 13), ink.body.dark)
        for n in range(4):
            x, y = 348 + n * 37, 392 + n * 25
            view.fill(line(f"M{x} {y} L{x - 42} {y + 34}", 11), ink.trim.pale if ink.body.is_bright else "#ffffff")
        view.fill(sole, down("#ffffff", "#e3dfda"))
        view.fill(line("M130 612 L692 608", 5), ink.trim.base, opacity=0.75)


def cap(canvas: Canvas, ink: Ink) -> None:
    canvas.shadow(420, 590, 250, 34)
    crown = path("M190 520 C180 330 290 230 400 230 C520 230 600 340 590 520 C480 552 300 552 190 520 Z")
    soft(canvas, crown, ink.body)
    canvas.fill(path("M590 520 C598 420 570 320 510 270 C540 360 548 450 530 536 Z"), ink.body.dark, opacity=0.4)
    for seam in (
        "M400 232 C392 330 396 440 404 542",
        "M400 232 C320 290 270 400 268 538",
        "M400 232 C490 300 530 420 526 536",
    ):
        canvas.fill(line(seam, 3), ink.body.deep, opacity=0.4)
    brim = path(
        "M204 508 C300 540 500 540 588 508 C660 520 730 566 722 600 C640 566 380 556 250 590 C214 570 200 540 204 508 Z"
    )
    canvas.fill(brim, down(ink.trim.light, ink.trim.shade))
    canvas.fill(line("M226 552 C380 526 600 534 702 582", 3), ink.trim.deep, opacity=0.3)
    canvas.fill(ellipse(400, 232, 15, 9), ink.trim.base)
    canvas.fill(box(336, 386, 104, 78, 14), ink.trim.base)
    sprig(canvas, 388, 446, 44, ink.trim.print)


def tote(canvas: Canvas, ink: Ink) -> None:
    bag = path("M220 320 L580 320 L604 660 C540 674 260 674 196 660 Z")
    for strap in ("M310 340 C300 120 500 120 490 340",):
        canvas.at(14, 20).fill(line(strap, 26), "#2b1a2e", opacity=0.2, blur=12)
        canvas.fill(line(strap, 26), diagonal(ink.body.base, ink.body.dark))
    canvas.cast(bag)
    soft(canvas, bag, ink.body)
    canvas.fill(line("M300 350 C290 96 510 96 500 350", 24), diagonal(ink.body.light, ink.body.base))
    canvas.fill(box(220, 320, 360, 24), ink.body.deep, opacity=0.12)
    for x in (300, 500):
        canvas.fill(box(x - 13, 334, 26, 38, 3), ink.body.shade)
        canvas.fill(line(f"M{x - 9} 344 L{x + 9} 364", 2), ink.body.deep, opacity=0.5)
    for fold in ("M240 660 C260 560 236 460 250 380", "M560 650 C540 560 566 470 548 400"):
        canvas.fill(line(fold, 16), ink.body.deep, opacity=0.12, blur=10, within=bag)
    canvas.fill(ellipse(400, 470, 58), ink.trim.base)
    canvas.fill(path("M300 548 C340 490 372 512 400 540 C436 492 470 490 506 548 Z"), ink.trim.dark)
    label(canvas, 400, 594, [("good things, every day", 24)], ink.trim.base)


def socks(canvas: Canvas, ink: Ink) -> None:
    shape = path(
        "M300 190 L420 190 L424 430 C470 470 560 490 580 560 C590 620 540 636 500 628 "
        "C430 616 330 580 306 520 C290 470 304 300 300 190 Z"
    )
    for view in (canvas.at(70, -14, turn=9), canvas.at(-60, 10, turn=-4)):
        view.cast(shape)
        soft(view, shape, ink.body)
        view.fill(box(290, 250, 150, 26), ink.trim.base, within=shape)
        view.fill(box(290, 294, 150, 12), ink.trim.light, within=shape)
        view.fill(ellipse(560, 590, 66, 70), ink.trim.base, within=shape)
        view.fill(ellipse(300, 520, 52, 66), ink.trim.base, within=shape)
        view.fill(box(290, 184, 150, 44), ink.body.dark, within=shape, opacity=0.45)
        for x in range(306, 424, 13):
            view.fill(line(f"M{x} 194 L{x} 224", 3), ink.body.deep, opacity=0.3)


def scarf(canvas: Canvas, ink: Ink) -> None:
    tail = path("M330 330 L470 330 L500 640 L350 660 Z")
    back = path("M420 330 L520 320 L580 600 L450 640 Z")
    for cloth, tone in ((back, ink.body.dark), (tail, ink.body.base)):
        canvas.cast(cloth)
        canvas.fill(cloth, diagonal(ink.body.light if cloth is tail else ink.body.base, tone))
        for y in (470, 500, 586):
            canvas.fill(box(300, y, 300, 16 if y < 580 else 26), ink.trim.base, within=cloth, opacity=0.9)
    for x in range(358, 500, 16):
        canvas.fill(line(f"M{x} 652 L{x + 2} 694", 6), ink.body.base)
    for x in range(514, 584, 16):
        canvas.fill(line(f"M{x} 618 L{x + 6} 654", 6), ink.body.dark)
    ring = path("M210 300 C200 180 600 170 594 300 C590 410 220 420 210 300 Z").without(ellipse(400, 262, 118, 42))
    canvas.cast(ring, blur=14)
    soft(canvas, ring, ink.body)
    canvas.fill(line("M230 320 C300 392 500 390 574 316", 14), ink.trim.base, within=ring)
    for fold in ("M226 270 C260 360 420 384 520 352", "M300 360 C380 384 500 360 580 280"):
        canvas.fill(line(fold, 12), ink.body.deep, opacity=0.2, blur=7, within=ring)
    canvas.fill(
        path("M340 330 C370 300 450 300 480 330 C492 380 470 420 410 420 C350 420 330 380 340 330 Z"),
        diagonal(ink.body.light, ink.body.dark),
    )


def shirt(canvas: Canvas, ink: Ink) -> None:
    body = path(
        "M312 196 L488 196 L566 232 C610 300 650 430 668 560 L594 580 L550 410 "
        "C548 500 556 580 560 650 C500 668 300 668 240 650 "
        "C244 580 252 500 250 410 L206 580 L132 560 C150 430 190 300 234 232 Z"
    )
    canvas.cast(body)
    soft(canvas, body, ink.body)
    for fold in (
        "M552 400 C544 350 540 320 522 290",
        "M248 400 C256 350 260 320 278 290",
        "M300 640 C310 560 296 500 320 440",
    ):
        canvas.fill(line(fold, 13), ink.body.deep, opacity=0.2, blur=8, within=body)
    canvas.fill(box(384, 240, 32, 424), ink.body.shade, opacity=0.7, within=body)
    for y in range(290, 650, 62):
        canvas.fill(ellipse(400, y, 7), ink.trim.pale)
        canvas.fill(ellipse(400, y, 3), ink.trim.dark)
    canvas.fill(path("M330 190 C360 212 440 212 470 190 L400 250 Z"), ink.body.deep, opacity=0.75)
    canvas.fill(path("M312 196 L336 180 L400 250 L352 300 Z"), diagonal(ink.body.pale, ink.body.base))
    canvas.fill(path("M488 196 L464 180 L400 250 L448 300 Z"), diagonal(ink.body.light, ink.body.shade))
    canvas.fill(
        path("M450 350 L526 350 L526 424 L488 444 L450 424 Z"), across(ink.body.shade, ink.body.dark), opacity=0.6
    )
    for cuff in ("M138 546 L204 566", "M596 566 L662 546"):
        canvas.fill(line(cuff, 5), ink.body.deep, opacity=0.3)
