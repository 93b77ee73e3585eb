"""The pictures of the README, taken of a demo that is really used: `make pictures` writes them to docs/pictures."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from project.server.banner import DEMO_PASSWORD
from tests.browser.addresses import write_address
from tests.browser.screenshots import Camera, running_demo
from tests.support.chromium import DESK, PHONE, Complaints, open_context, running_chromium

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 250_000
GAP, MARGIN, GROUND = 24, 24, "#f4f4f7"
PRODUCT = "Two-glaze stoneware mug"
TALK = (
    ("viewer2", "Does the blue one come in 400 ml?"),
    ("viewer", "拿着很称手，已经有两只了"),
    ("viewer2", "Ready for the flash sale"),
)


def save(picture: Image.Image, name: str) -> None:
    """Raises ValueError when it is too large for a README."""
    path = PICTURES / f"{name}.webp"
    picture.save(path, quality=82, method=6)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)} {picture.width}×{picture.height} {size // 1024} KB")  # noqa: T201
    if size > MOST_BYTES:
        raise ValueError(f"{path} has {size} bytes, more than {MOST_BYTES}")


class Shoot:
    """The people of the show; what they see is kept under the name of the picture."""

    def __init__(self, browser: Browser, camera: Camera, site: str, folder: Path) -> None:
        self._browser, self._camera, self._site, self._folder = browser, camera, site, folder
        self.taken: dict[str, Path] = {}

    def open(self, who: str, path: str, *, size: dict[str, int]) -> Page:
        context = open_context(self._browser, size=size, locale="en-US", device_scale_factor=2 if size is PHONE else 1)
        email = f"{who}@souk.example"
        self._camera.post(context, "/_allauth/browser/v1/auth/login", email=email, password=DEMO_PASSWORD)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(f"{self._site}{path}")
        return page

    def take(self, page: Page, name: str) -> None:
        page.wait_for_timeout(900)
        self.taken[name] = self._folder / f"{name}.png"
        page.screenshot(path=self.taken[name])


def wait_for_video(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 1", timeout=60_000)


def launch_sale(studio: Page) -> None:
    studio.get_by_role("button", name=f"Launch a sale of {PRODUCT}").click()
    dialog = studio.get_by_role("dialog")
    dialog.locator("[data-launch=sku] label").first.click()
    dialog.get_by_label("Deal price").fill("39")
    dialog.get_by_label("Units", exact=True).fill("8")
    dialog.get_by_role("button", name="Now", exact=True).click()
    dialog.get_by_role("button", name="Launch", exact=True).click()
    expect(dialog).to_be_hidden()


def buy(shoot: Shoot, phone: Page) -> None:
    phone.get_by_role("button", name="Claim").click()
    pay = phone.get_by_role("article").get_by_role("button", name="Pay now").first
    expect(pay).to_be_visible()
    shoot.take(phone, "claimed")
    pay.click()
    sheet = phone.get_by_role("dialog")
    sheet.get_by_role("button", name="Add a delivery address").click()
    write_address(phone.get_by_role("dialog").last)
    shoot.take(phone, "checkout")
    sheet.get_by_role("button", name=re.compile("^Place order")).click()
    phone.frame_locator("iframe").get_by_role("button", name=re.compile("^Pay ")).click()
    expect(phone.get_by_role("heading", name="Payment received")).to_be_visible()
    shoot.take(phone, "paid")


def take(shoot: Shoot, camera: Camera, show: int) -> None:
    studio = shoot.open("host", f"/studio/shows/{show}", size=DESK)
    phones = {who: shoot.open(who, f"/shows/{show}", size=PHONE) for who in ("viewer", "viewer2")}
    for page in (studio, *phones.values()):
        wait_for_video(page)
    for who, text in TALK:
        phones[who].get_by_label("Say something").fill(text)
        phones[who].get_by_label("Say something").press("Enter")
        phones[who].get_by_label("Say something").blur()
    for _ in range(9):
        phones["viewer2"].get_by_role("button", name=re.compile("^Like")).click()
    launch_sale(studio)
    expect(phones["viewer"].get_by_role("button", name="Claim")).to_be_visible()
    phones["viewer2"].get_by_role("button", name="Claim").click()
    expect(phones["viewer2"].get_by_role("article").get_by_role("button", name="Pay now").first).to_be_visible()
    shoot.take(phones["viewer"], "room")
    buy(shoot, phones["viewer"])
    expect(studio.locator("[data-figure=orders] dd")).to_have_text("1")
    # A trend has at least two minutes.
    studio.wait_for_timeout(45_000)
    shoot.take(studio, "studio")


def room_and_studio(room: Image.Image, studio: Image.Image) -> Image.Image:
    """Side by side, both as high as the studio."""
    phone = room.resize((room.width * studio.height // room.height, studio.height), Image.Resampling.LANCZOS)
    size = (phone.width + studio.width + GAP + 2 * MARGIN, studio.height + 2 * MARGIN)
    both = Image.new("RGB", size, GROUND)
    both.paste(phone, (MARGIN, MARGIN))
    both.paste(studio, (MARGIN + phone.width + GAP, MARGIN))
    return both


def main() -> int:
    folder = ROOT / "test-results" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_demo() as site, running_chromium() as browser:
        camera = Camera(browser, site, Complaints())
        guest = camera.context(size="phone", language="en")
        show = camera.get(guest, "/api/shows/?state=live")["results"][0]["id"]
        shoot = Shoot(browser, camera, site, folder)
        take(shoot, camera, show)
    pictures = {name: Image.open(path).convert("RGB") for name, path in shoot.taken.items()}
    for name, picture in pictures.items():
        save(picture, name)
    save(room_and_studio(pictures["room"], pictures["studio"]), "room-and-studio")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    sys.exit(main())
