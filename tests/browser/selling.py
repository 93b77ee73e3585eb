"""What screenshots of buying and selling need: orders, an exchange and a review, made as people make them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.sync_api import BrowserContext

if TYPE_CHECKING:
    from tests.browser.screenshots import Camera

WAIT_SECS = 60
# Not the one who takes the coupons of newcomers.
BUYER = "viewer2"


class Story(NamedTuple):
    """Numbers of orders and ids of cases in the states that pages are to be seen in."""

    to_ship: str
    received: str
    awaiting_return: int
    resent: int
    query: str


def live_through(camera: Camera, address: dict[str, Any]) -> Story:
    """Somebody buys four times: one waits to be sent, the others are sent, and asked about."""
    buyer = camera.context(size="desk", language="en", who=BUYER)
    seller = camera.context(size="desk", language="en", who="admin")
    place = camera.post(buyer, "/api/addresses/", **address)["id"]
    products = [
        camera.get(buyer, f"/api/catalog/products/{card['id']}/")
        for card in camera.get(buyer, "/api/catalog/products/")["results"][:8]
    ]
    skus = [max(product["skus"], key=lambda sku: sku["available"]) for product in products]
    numbers = [_bought(camera, buyer, place, sku["id"]) for sku in skus[:4]]
    for number in numbers[1:]:
        camera.post(seller, f"/api/studio/orders/{number}/ship/", carrier="simulated")
        camera.post(buyer, f"/api/orders/{number}/receive/")
    # Of one thing there are few left.
    camera.patch(seller, f"/api/studio/stock/{skus[0]['id']}/", alert_at=10**6)
    for sku in skus[4:7]:
        camera.post(buyer, "/api/cart/lines/", sku=sku["id"], quantity=2)
    _, reviewed, decided, exchanged = numbers
    camera.post(
        buyer,
        "/api/reviews/",
        line=_line(camera, buyer, reviewed),
        stars=5,
        text="手感很好，釉色比照片还漂亮，包装也很仔细。",
    )
    _asked(camera, buyer, reviewed, kind="return_and_refund", reason="no_reason", text="")
    waiting = _asked(camera, buyer, decided, kind="return_and_refund", reason="damaged", text="杯口有一道裂纹")
    camera.post(seller, f"/api/studio/aftersales/{waiting}/approve/")
    case = _asked(camera, buyer, exchanged, kind="exchange", reason="damaged", text="The glaze has a chip at the rim.")
    camera.post(seller, f"/api/studio/aftersales/{case}/approve/")
    camera.post(buyer, f"/api/aftersales/{case}/send-back/", carrier="simulated")
    camera.post(seller, f"/api/studio/aftersales/{case}/take-back/", good_quantity=1)
    camera.post(seller, f"/api/studio/aftersales/{case}/resend/", carrier="simulated")
    # The simulated carrier moves every twenty seconds.
    _until(lambda: len(camera.get(buyer, f"/api/aftersales/{case}/")["resent"]["events"]) >= 2, secs=120)
    buyer.close()
    seller.close()
    return Story(numbers[0], exchanged, waiting, case, products[0]["title"]["en"].split()[-1])


def _bought(camera: Camera, buyer: BrowserContext, place: int, sku: int) -> str:
    wanted: dict[str, Any] = {"lines": [{"sku": sku, "quantity": 1}], "address": place, "coupons": []}
    total = camera.post(buyer, "/api/checkout/quote/", **wanted)["total"]["amount"]
    (order,) = camera.post(buyer, "/api/checkout/", **wanted, expected_total=total)["orders"]
    number: str = order["number"]
    page = buyer.new_page()
    page.goto(f"{camera.site}{camera.post(buyer, '/api/payments/', order=number)['pay_url']}")
    page.locator("button.primary").click()
    page.close()
    _until(lambda: camera.get(buyer, f"/api/orders/{number}/")["state"] == "paid", secs=WAIT_SECS)
    return number


def _line(camera: Camera, buyer: BrowserContext, number: str) -> int:
    line: int = camera.get(buyer, f"/api/orders/{number}/")["lines"][0]["id"]
    return line


def _asked(camera: Camera, buyer: BrowserContext, number: str, **fields: Any) -> int:
    line = _line(camera, buyer, number)
    case: int = camera.post(buyer, "/api/aftersales/", order=number, line=line, quantity=1, **fields)["id"]
    return case


def _until(condition: Any, *, secs: float) -> None:
    deadline = time.monotonic() + secs
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("it did not happen")
        time.sleep(0.5)


def take_buying(camera: Camera, story: Story, *, size: str, language: str) -> None:
    """Pages of a buyer beyond the first order."""
    viewer = camera.context(size=size, language=language, who=BUYER)
    for page, path in {
        "cart": "/cart",
        "search": f"/search?q={story.query}",
        "search-nothing": "/search?q=zzzqqq",
        "addresses": "/addresses",
        "reviews": "/reviews",
        "order-paid": f"/orders/{story.to_ship}",
        "order-exchange": f"/orders/{story.received}",
        "aftersales": "/aftersales",
        "case-send-back": f"/aftersales/{story.awaiting_return}",
        "case-exchange": f"/aftersales/{story.resent}",
    }.items():
        camera.shoot(viewer, f"{page}.{size}.{language}", path)
    viewer.close()


def take_selling(camera: Camera, story: Story, *, size: str, language: str) -> None:
    """Pages of a seller in the studio."""
    seller = camera.context(size=size, language=language, who="admin")
    camera.shoot(seller, f"inbox-staff.{size}.{language}", "/inbox")
    for page in ("orders", "to-ship", "after-sales", "reviews", "products", "stock", "freight", "stuck-money"):
        camera.shoot(seller, f"studio-{page}.{size}.{language}", f"/studio/{page}")
    for page, number in {"paid": story.to_ship, "exchanged": story.received}.items():
        path = f"/studio/orders/{number}"
        camera.shoot(seller, f"studio-order-{page}.{size}.{language}", path, full=False)
    path, failing = f"/studio/orders/{story.to_ship}", "**/api/studio/orders/*/payments/"
    camera.shoot(seller, f"studio-order-trouble.{size}.{language}", path, full=False, failing=failing)
    third = ".el-radio-button:nth-child(3)"
    camera.shoot(seller, f"studio-after-sales-all.{size}.{language}", "/studio/after-sales", tap=third)
    camera.shoot(seller, f"studio-ship.{size}.{language}", "/studio/to-ship", tap=".order .el-button", full=False)
    camera.shoot(seller, f"studio-decide.{size}.{language}", "/studio/after-sales", tap=".steps .el-button", full=False)
    seller.close()
