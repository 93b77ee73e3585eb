from __future__ import annotations

import pytest
from PIL import Image

from project.demo.drawing.backdrops import BACKDROPS, PALETTES
from project.demo.drawing.canvas import Canvas, across, blank, down
from project.demo.drawing.gallery import COVER, SIDE, cover, near, scene
from project.demo.drawing.shapes import box, ellipse, line, path
from project.demo.goods import Goods, all_goods

GOODS = list(all_goods().values())
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def test_a_path_is_read_in_svg_notation() -> None:
    assert path("M0 0 L10 0 V5 H0 Z").contours == [[(0, 0), (10, 0), (10, 5), (0, 5), (0, 0)]]
    curve = path("M0 0 C0 10 10 10 10 0").contours[0]
    assert (curve[0], curve[9], curve[-1]) == ((0, 0), (5, 7.5), (10, 0))
    assert path("M0 0 Q5 10 10 0").contours[0][9] == pytest.approx((5, 5))


def test_a_box_covers_its_pixels_and_a_hole_stays_empty() -> None:
    canvas = blank(20, 20)
    canvas.fill(box(5, 5, 10, 10).without(box(9, 9, 2, 2)), "#ffffff")
    picture = canvas.finished()
    assert [picture.getpixel((x, 10)) for x in (2, 7, 17)] == [BLACK, WHITE, BLACK]
    assert picture.getpixel((9, 9)) == BLACK


def test_paint_stays_within_another_shape() -> None:
    canvas = blank(20, 20)
    canvas.fill(box(0, 0, 20, 20), "#ffffff", within=ellipse(10, 10, 5))
    picture = canvas.finished()
    assert (picture.getpixel((10, 10)), picture.getpixel((1, 1))) == (WHITE, BLACK)


def test_half_the_opacity_is_half_the_paint() -> None:
    canvas = blank(10, 10)
    canvas.fill(box(0, 0, 10, 10), "#ffffff", opacity=0.5)
    assert canvas.finished().getpixel((5, 5)) == (128, 128, 128)


def test_a_gradient_runs_from_end_to_end() -> None:
    for paint, first, last in (
        (across("#000000", "#ffffff"), (0, 10), (19, 10)),
        (down("#000000", "#ffffff"), (10, 0), (10, 19)),
    ):
        canvas = blank(20, 20)
        canvas.fill(box(0, 0, 20, 20), paint)
        dark, bright = (canvas.finished().convert("L").getpixel(at) for at in (first, last))
        assert isinstance(dark, int)
        assert isinstance(bright, int)
        assert dark < 12
        assert bright > 243


def test_a_view_moves_scales_and_turns_around_its_point() -> None:
    view = Canvas(Image.new("RGB", (100, 100)), scale=1).at(10, 0, scale=2, turn=90, around=(40, 40))
    assert view._place((40, 40)) == pytest.approx((50, 40))
    assert view._place((45, 40)) == pytest.approx((50, 50))


def test_what_lies_outside_is_not_painted() -> None:
    canvas = blank(10, 10)
    canvas.fill(box(50, 50, 10, 10), "#ffffff")
    canvas.fill(line("M-30 -30 L-20 -20", 4), down("#ffffff", "#ffffff"), blur=2)
    assert canvas.image.getextrema() == ((0, 0), (0, 0), (0, 0))


@pytest.mark.parametrize("item", GOODS, ids=lambda item: item.key)
def test_every_thing_can_be_drawn_in_every_colour(item: Goods) -> None:
    drawn = []
    for colour in item.colours:
        canvas = Canvas(Image.new("RGB", (200, 200), "#808080"), scale=0.25)
        colour.thing.draw(canvas)
        assert canvas.image.getcolors(2) is None
        drawn.append(canvas.image.tobytes())
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("name", BACKDROPS)
def test_every_backdrop_fills_the_picture(name: str) -> None:
    canvas = Canvas(Image.new("RGB", (200, 200), "#00ff00"), scale=0.25)
    BACKDROPS[name](canvas, PALETTES["sand"])
    assert (0, 255, 0) not in [colour for _, colour in canvas.image.getcolors(200 * 200) or []]


def test_pictures_have_their_sizes() -> None:
    item = GOODS[0]
    canvas = scene(item.colours[0].thing, backdrop=item.backdrop, palette=item.palette)
    assert canvas.finished().size == near(canvas).size == (SIDE, SIDE)
    assert cover([goods.colours[0].thing for goods in GOODS[:4]], palette="clay").size == COVER
