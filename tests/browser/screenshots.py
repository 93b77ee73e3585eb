"""Pictures of every page on a phone and at a desk, in both languages: `make screenshots`.

Starts the demo on free ports with data of its own, and ends it.
They go to test-results/screenshots/<page>.<size>.<language>.png. Words name pages: with `case studio`, those alone are
taken whose name has one of them in it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Route

from project.server.banner import DEMO_PASSWORD
from project.server.parent import die_with_parent
from tests.browser.moderating import keep_desk_busy, take_idle_desk, take_moderating
from tests.browser.offering import take_offers
from tests.browser.promoting import take_promotions
from tests.browser.restraining import take_restraints
from tests.browser.selling import BUYER, live_through, take_buying, take_selling
from tests.support.chromium import DESK, PHONE, Complaints, open_context, running_chromium
from tests.support.ports import free_port

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "test-results" / "screenshots"
SIZES = {"phone": PHONE, "desk": DESK}
LOCALES = {"zh": "zh-CN", "en": "en-US"}
ADDRESS = {
    "name": "王小明",
    "phone": "13800138000",
    "country": "CN",
    "region": ["浙江省", "杭州市", "西湖区"],
    "line": "文三路 1 号",
}
SETTLE_MS = 1500


@contextmanager
def running_demo() -> Iterator[str]:
    """The address of a demo of its own."""
    data = Path(tempfile.mkdtemp(prefix="souk-shots-", dir="/tmp"))
    port, output = free_port(), data / "output"
    environment = {**os.environ, "SOUK_DEMO": "1", "DATA_DIR": str(data), "PORT": str(port)}
    environment |= {
        "RTMP_PORT": str(free_port()),
        "RTMP_HOST": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "project.settings",
    }
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent(),
        )
    try:
        while "Souk is running" not in output.read_text():
            if process.poll() is not None:
                raise RuntimeError(output.read_text())
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(data, ignore_errors=True)


class Camera:
    def __init__(self, browser: Browser, site: str, complaints: Complaints, words: Sequence[str] = ()) -> None:
        self._browser, self.site, self._complaints, self._words = browser, site, complaints, words

    def context(self, *, size: str, language: str, who: str = "") -> BrowserContext:
        context = open_context(self._browser, size=SIZES[size], locale=LOCALES[language])
        if who:
            self.post(context, "/_allauth/browser/v1/auth/login", email=f"{who}@souk.example", password=DEMO_PASSWORD)
        return context

    def get(self, context: BrowserContext, path: str) -> Any:
        return context.request.get(f"{self.site}{path}").json()

    def post(self, context: BrowserContext, path: str, **body: Any) -> Any:
        return self._send("POST", context, path, body)

    def put(self, context: BrowserContext, path: str, **body: Any) -> Any:
        return self._send("PUT", context, path, body)

    def patch(self, context: BrowserContext, path: str, **body: Any) -> Any:
        return self._send("PATCH", context, path, body)

    def _send(self, method: str, context: BrowserContext, path: str, body: dict[str, Any]) -> Any:
        self.get(context, "/api/me/")
        token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken")
        headers = {"X-CSRFToken": token, "Referer": self.site, "Idempotency-Key": f"shot-{time.time_ns()}"}
        answer = context.request.fetch(f"{self.site}{path}", method=method, data=body, headers=headers)
        if not answer.ok:
            raise RuntimeError(f"{path}: {answer.status} {answer.text()[:300]}")
        return answer.json()

    def shoot(
        self,
        context: BrowserContext,
        name: str,
        path: str,
        *,
        tap: str | Sequence[str] = (),
        full: bool = True,
        failing: str = "",
        hanging: str = "",
        answering: Mapping[str, Any] | None = None,
        refused: bool = False,
    ) -> None:
        """`tap`: selectors to click first, in turn; `full`: the whole page, not only what the screen shows. What is
        asked of addresses like `failing` fails, of those like `hanging` is never answered; those of `answering` are
        answered so. `refused`: the page asks for what it may not have, which the browser's console complains of."""
        if self._words and not any(word in name for word in self._words):
            return
        page = context.new_page()
        if failing:
            page.route(failing, lambda route: route.fulfill(status=503, json={"error": {"code": "busy"}}))
        if not failing and not refused:
            self._complaints.listen(page, name)
        if hanging:
            page.route(hanging, lambda _: None)
        for address, body in (answering or {}).items():
            page.route(address, partial(_answer, body))
        try:
            page.goto(f"{self.site}{path}", wait_until="load")
            page.wait_for_timeout(SETTLE_MS)
            for selector in [tap] if isinstance(tap, str) else tap:
                page.locator(selector).first.click()
                page.wait_for_timeout(600)
            self._save(page, name, full=full)
        except Error as error:
            self._complaints.lines.append(f"{name}: {error.message.splitlines()[0]}")
        finally:
            page.close()

    def _save(self, page: Page, name: str, *, full: bool) -> None:
        path = RESULTS / f"{name}.png"
        page.screenshot(path=path, full_page=full)
        print(path.relative_to(ROOT))  # noqa: T201


def _answer(body: Any, route: Route) -> None:
    route.fulfill(json=body)


def take(camera: Camera, *, size: str, language: str) -> None:
    def named(page: str) -> str:
        return f"{page}.{size}.{language}"

    guest = camera.context(size=size, language=language)
    shows = camera.get(guest, "/api/shows/?state=live")["results"]
    products = camera.get(guest, "/api/catalog/products/")["results"]
    for page, path in {
        "shows": "/",
        "products": "/products",
        "login": "/login",
        "signup": "/signup",
        "reset": "/reset",
        "orders-guest": "/orders",
        "me-guest": "/me",
        "chats-guest": "/chats",
        "following-guest": "/following",
        "missing": "/nowhere",
        "studio-login": "/studio/",
    }.items():
        camera.shoot(guest, named(page), path)
    for state in ("scheduled", "ended"):
        for show in camera.get(guest, f"/api/shows/?state={state}")["results"][:1]:
            camera.shoot(guest, named(f"room-{state}"), f"/shows/{show['id']}", full=False)
    guest.close()

    viewer = camera.context(size=size, language=language, who="viewer")
    if products:
        product = camera.get(viewer, f"/api/catalog/products/{products[0]['id']}/")
        camera.shoot(viewer, named("product"), f"/products/{product['id']}")
        sku = next((sku for sku in product["skus"] if sku["available"]), None)
        if sku:
            for coupon in camera.get(viewer, "/api/coupons/")["results"]:
                camera.post(viewer, f"/api/coupons/{coupon['id']}/take/")
            address = camera.post(viewer, "/api/addresses/", **ADDRESS)
            lines = ",".join(f"{one['id']}x3" for one in product["skus"] if one["available"] >= 3)
            camera.shoot(viewer, named("checkout"), f"/checkout?lines={lines}")
            camera.shoot(viewer, named("checkout-coupons"), f"/checkout?lines={lines}", tap="button.row", full=False)
            camera.shoot(viewer, named("coupons"), "/coupons")
            camera.shoot(viewer, named("coupons-mine"), "/coupons?tab=usable")
            wanted = {"lines": [{"sku": sku["id"], "quantity": 1}], "address": address["id"], "coupons": []}
            total = camera.post(viewer, "/api/checkout/quote/", **wanted)["total"]["amount"]
            (order,) = camera.post(viewer, "/api/checkout/", **wanted, expected_total=total)["orders"]
            camera.shoot(viewer, named("order"), f"/orders/{order['number']}")
            payment = camera.post(viewer, "/api/payments/", order=order["number"])
            camera.shoot(viewer, named("sandbox"), payment["pay_url"])
    camera.shoot(viewer, named("orders"), "/orders")
    camera.shoot(viewer, named("me"), "/me")
    camera.shoot(viewer, named("wallet"), "/wallet")
    camera.shoot(viewer, named("wallet-top-up"), "/wallet", tap=".balance .button", full=False)
    host = shows[0]["host"]["id"] if shows else 1
    camera.shoot(viewer, named("profile"), f"/u/{host}")
    camera.shoot(viewer, named("people"), "/people?tab=following")
    take_following(camera, viewer, named)
    camera.shoot(viewer, named("inbox"), "/inbox")
    camera.shoot(viewer, named("inbox-settings"), "/inbox", tap="button.gear", full=False)
    take_chats(camera, viewer, named)
    for show in shows[:1]:
        camera.shoot(viewer, named("room"), f"/shows/{show['id']}", full=False)
        camera.shoot(viewer, named("room-bag"), f"/shows/{show['id']}", tap="button.bag", full=False)
    viewer.close()
    newcomer = camera.context(size=size, language=language, who="admin")
    camera.shoot(newcomer, named("chats-none"), "/chats", full=False)
    camera.shoot(newcomer, named("following-none"), "/following")
    newcomer.close()

    if size == "desk":
        host = camera.context(size=size, language=language, who="host")
        camera.shoot(host, named("studio"), "/studio/")
        for show in shows[:1]:
            camera.shoot(host, named("studio-show"), f"/studio/shows/{show['id']}", full=False)
        host.close()
    admin = camera.context(size=size, language=language, who="admin")
    camera.shoot(admin, named("studio-reconciliation"), "/studio/reconciliation")
    if size == "desk":
        camera.shoot(admin, named("admin"), "/admin/")
    admin.close()


def take_following(camera: Camera, viewer: BrowserContext, named: Callable[[str], str]) -> None:
    """Of a host, and of somebody who has bought something and says how it is."""
    for who in ("host", BUYER):
        other = camera.context(size="desk", language="en", who=who)
        camera.put(viewer, f"/api/people/{camera.get(other, '/api/me/')['user']['id']}/follow/")
        other.close()
    camera.shoot(viewer, named("following"), "/following")
    camera.shoot(viewer, named("following-busy"), "/following", hanging="**/api/feed/")
    camera.shoot(viewer, named("following-trouble"), "/following", failing="**/api/feed/")


def take_chats(camera: Camera, viewer: BrowserContext, named: Callable[[str], str]) -> None:
    listed = camera.get(viewer, "/api/conversations/")["conversations"]
    group = next(one["group"]["id"] for one in listed if one["group"] and one["group"]["title"].startswith("阿茶"))
    direct = next(one["dm"]["id"] for one in listed if one["dm"])
    for page, path in {
        "chats": "/chats",
        "chats-new": "/chats/new",
        "chats-mentions": "/chats/mentions",
        "chats-new-group": "/chats/new?new=group",
        "chat-group": f"/chats/group/{group}",
        "chat-direct": f"/chats/dm/{direct}",
        "chat-direct-about": f"/chats/dm/{direct}/about",
        "chat-search": f"/chats/group/{group}/search?q=茶",
        "group-about": f"/chats/group/{group}/about",
        "group-members": f"/chats/group/{group}/members",
        "group-outside": f"/groups/{group}",
    }.items():
        camera.shoot(viewer, named(page), path, full=False)
    camera.shoot(viewer, named("chat-missing"), "/chats/group/999999", full=False, refused=True)
    camera.shoot(viewer, named("join-dead"), "/join/nothing", full=False, refused=True)
    camera.shoot(viewer, named("chat-menu"), f"/chats/group/{group}", tap="[data-row] .more", full=False)
    add = ".composer .attach"
    camera.shoot(viewer, named("chat-add"), f"/chats/group/{group}", tap=add, full=False)
    for place, kind in ((3, "product"), (4, "order")):
        tap = (add, f".sheet li:nth-child({place}) button")
        camera.shoot(viewer, named(f"chat-add-{kind}"), f"/chats/group/{group}", tap=tap, full=False)
    product = camera.get(viewer, "/api/catalog/products/")["results"][0]["id"]
    share = (".rows .link", ".sheet fieldset label")
    camera.shoot(viewer, named("product-share"), f"/products/{product}", tap=share, full=False)
    camera.shoot(viewer, named("chats-busy"), "/chats", full=False, hanging="**/api/conversations/")
    camera.shoot(viewer, named("chats-trouble"), "/chats", full=False, failing="**/api/conversations/")
    own = camera.post(viewer, "/api/groups/", title="读书会 Book club")["group"]["id"]
    camera.post(viewer, f"/api/groups/{own}/invites/", expires_in_secs=86400, max_uses=10)
    camera.shoot(viewer, named("chat-nothing"), f"/chats/group/{own}", full=False)
    camera.shoot(viewer, named("group-own"), f"/chats/group/{own}/about", full=False)


def take_conduct(camera: Camera, *, size: str, language: str) -> None:
    """How whoever runs a group keeps order in it, and what a member sees of that."""

    def named(page: str) -> str:
        return f"{page}.{size}.{language}"

    host, viewer = (camera.context(size=size, language=language, who=who) for who in ("host", "viewer"))
    listed = camera.get(viewer, "/api/conversations/")["conversations"]
    group = next(one["group"]["id"] for one in listed if one["group"] and one["group"]["title"].startswith("阿茶"))
    about, rules = f"/chats/group/{group}/about", f"/api/moderation/rooms/group:{group}/"
    camera.shoot(host, named("group-conduct"), about, tap=".raid .quiet", full=False)
    camera.shoot(host, named("group-conduct-sure"), about, tap='.conduct [role="switch"]', full=False)
    camera.patch(host, rules, chat=False, slow_mode_secs=30, raid_secs=600)
    camera.shoot(host, named("group-conduct-set"), about, tap=".raid .quiet", full=False)
    camera.shoot(viewer, named("chat-off"), f"/chats/group/{group}", full=False)
    camera.patch(host, rules, chat=True, slow_mode_secs=0, raid_secs=0, held=True)
    camera.shoot(viewer, named("chat-reviewed"), f"/chats/group/{group}", full=False)
    camera.patch(host, rules, held=False)

    members = camera.get(host, f"/api/groups/{group}/members/")["results"]
    member = next(one["user"]["id"] for one in members if one["role"] == "member")
    wanted = {"user": member, "scope": f"group:{group}", "kind": "mute", "reason": "spam", "secs": 3600}
    mute = camera.post(host, "/api/moderation/sanctions/", **wanted)["id"]
    held, restrict = "li .row:has(.held)", ".deed:has(+ .problem)"
    camera.shoot(host, named("group-members-muted"), f"/chats/group/{group}/members", full=False)
    camera.shoot(host, named("group-member"), f"/chats/group/{group}/members", tap=held, full=False)
    camera.shoot(host, named("group-restrict"), f"/chats/group/{group}/members", tap=[held, restrict], full=False)
    camera.post(host, f"/api/moderation/sanctions/{mute}/lift/")
    theirs = '[data-row]:has-text("Ordered the gaiwan") .more'
    camera.shoot(host, named("chat-menu-manager"), f"/chats/group/{group}", tap=theirs, full=False)
    for context in (host, viewer):
        context.close()


def main() -> int:
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    complaints = Complaints()
    with running_demo() as site, running_chromium() as browser:
        camera = Camera(browser, site, complaints, sys.argv[1:])
        for size in SIZES:
            for language in LOCALES:
                take_idle_desk(camera, size=size, language=language)
        story = live_through(camera, ADDRESS)
        keep_desk_busy(camera)
        for size in SIZES:
            for language in LOCALES:
                take(camera, size=size, language=language)
                take_buying(camera, story, size=size, language=language)
                take_conduct(camera, size=size, language=language)
                take_offers(camera, size=size, language=language)
                take_restraints(camera, size=size, language=language)
                take_selling(camera, story, size=size, language=language)
                take_promotions(camera, size=size, language=language)
                take_moderating(camera, size=size, language=language)
    for line in complaints.lines:
        print(f"! {line}", file=sys.stderr)  # noqa: T201
    return 1 if complaints.lines else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    sys.exit(main())
