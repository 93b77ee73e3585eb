"""A report travels through the desk to a mute that the sender sees at once, an appeal and its decision."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chat.conversations.services import create_group, create_invite
from community.accounts.models import Role
from community.moderation.cards import SanctionKind
from community.moderation.errors import MessageHeld
from community.moderation.models import Appeal, Sanction
from community.moderation.services.appeals import appeal, decide_appeal
from community.moderation.services.decisions import Verdict, decide
from community.moderation.services.reports import report
from community.moderation.services.rooms import set_room
from community.moderation.services.rules import make_rule
from community.moderation.services.sanctions import add_sanction, lift_sanction
from tests.browser.hostile import HOSTILE, is_harmless
from tests.browser.shop import Shop
from tests.browser.test_chats import group_of, meanwhile, write
from tests.community.moderation.conftest import say, try_to_say
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_host, make_show, make_user
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_from_a_report_to_an_appeal(request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints) -> None:
    show = make_show(host=make_host(display_name="Acha"), title="Evening tea")
    spammer, viewer = make_user(display_name="Sam"), make_user(display_name="Mia")
    mods = [make_user(display_name=name, roles=[Role.Name.MODERATOR]) for name in ("Max", "Nora")]
    said = say(f"show:{show.pk}", spammer, "<img src=x onerror=alert(1)> buy my stuff")
    report(reporter_id=viewer.pk, target=f"message:{said['id']}", reason="spam", note="again")
    cookies = {user.display_name: live_stack.cookie_of(user) for user in (spammer, viewer, *mods)}
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    phone = shop.visit(f"/shows/{show.pk}", size=PHONE, cookie=cookies["Sam"])
    expect(phone.get_by_text("buy my stuff")).to_be_visible()
    desk = shop.visit("/studio/desk", size=DESK, cookie=cookies["Max"])
    expect(desk.get_by_role("heading", name="Message · Sam")).to_be_visible()
    other = shop.visit("/studio/desk", size=DESK, cookie=cookies["Nora"])
    expect(other.get_by_text("Max looks at it").first).to_be_visible()

    # Muted by keyboard: the sender's phone says so at once, and the message is gone.
    desk.keyboard.press("4")
    desk.get_by_role("dialog").get_by_role("button", name="Mute", exact=True).click()
    expect(desk.get_by_text("The queue is empty. Well done.")).to_be_visible()
    expect(phone.get_by_text("Muted", exact=True)).to_be_visible()
    expect(phone.get_by_text("buy my stuff")).to_have_count(0)
    expect(other.get_by_text("The queue is empty. Well done.")).to_be_visible()

    # An appeal, which the one who decided cannot decide.
    phone.get_by_role("button", name="Appeal", exact=True).click()
    phone.get_by_role("textbox", name="Why is this not right?").fill("It was a joke.")
    phone.get_by_role("button", name="Send appeal").click()
    expect(phone.get_by_text("Appealed: another moderator looks at it")).to_be_visible()
    desk.get_by_role("tab", name="Appeals").click()
    expect(desk.get_by_text("It was a joke.")).to_be_visible()
    expect(desk.get_by_role("button", name="Overturn")).to_have_count(0)
    other.get_by_role("tab", name="Appeals").click()
    # Thought better of it, and of that.
    for undone in (True, False):
        other.get_by_role("button", name="Overturn").click()
        expect(other.get_by_text("No appeals here.")).to_be_visible()
        expect(phone.get_by_text("Muted", exact=True)).to_have_count(0)
        if undone:
            other.locator(".toast", has_text="Overturned.").get_by_role("button", name="Undo").click()
            expect(other.get_by_text("It was a joke.")).to_be_visible()
            expect(phone.get_by_text("Muted", exact=True)).to_be_visible()
    assert complaints.lines == []


def test_a_verdict_of_the_shadow_takes_nothing_from_its_author(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    show = make_show(host=make_host(display_name="Acha"), title="Evening tea")
    sam, mia = (make_user(display_name=name) for name in ("Sam", "Mia"))
    mod = make_user(display_name="Max", roles=[Role.Name.MODERATOR])
    group = group_of(sam, mia)
    places = {f"show:{show.pk}": f"/shows/{show.pk}", f"group:{group.pk}": f"/chats/group/{group.pk}"}
    said = {channel: say(channel, sam, "buy my stuff") for channel in places}
    for channel in places:
        say(channel, mia, "no thanks")
    cookies = [live_stack.cookie_of(user) for user in (sam, mia)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    for channel, path in places.items():
        own, other = (shop.visit(path, size=PHONE, cookie=cookie).get_by_role("log") for cookie in cookies)
        for log in (own, other):
            expect(log.get_by_text("buy my stuff")).to_be_visible()

        def shadow(channel: str = channel) -> None:
            case = report(reporter_id=mia.pk, target=f"message:{said[channel]['id']}", reason="spam")
            decide(by=mod.pk, case_id=case.pk, verdict=Verdict("shadow", secs=600))

        meanwhile(shadow)
        for _ in ("live", "after a reload"):
            expect(other.get_by_text("buy my stuff")).to_have_count(0)
            for log in (own, other):
                expect(log.get_by_text("no thanks")).to_be_visible()
            expect(own.get_by_text("buy my stuff")).to_be_visible()
            for log in (own, other):
                log.page.reload()
    assert complaints.lines == []


def test_a_warning_is_put_away_on_one_device_and_small_things_are_large_enough_for_a_thumb(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    show = make_show(host=make_host(display_name="Acha"), title="Evening tea")
    sam, mia = (make_user(display_name=name) for name in ("Sam", "Mia"))
    mod = make_user(display_name="Max", roles=[Role.Name.MODERATOR])
    group = group_of(sam, mia)
    for text in ("hello", "tea?", "yes"):
        say(f"show:{show.pk}", mia, text)
    warned = {"by": mod.pk, "user_id": sam.pk, "scope": "site", "reason": "spam"}
    add_sanction(kind="warning", rule="Be kind", **warned)
    cookie = live_stack.cookie_of(sam)
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    phone, tablet = (shop.visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookie) for _ in range(2))
    words = phone.get_by_text("Rule: Be kind")
    expect(words).to_be_visible()
    phone.get_by_role("button", name="Put this warning away").press("Enter")
    expect(words).to_have_count(0)
    phone.goto(f"{live_stack.url}/shows/{show.pk}")
    log = phone.get_by_role("log")
    expect(log.get_by_text("yes")).to_be_visible()
    expect(words).to_have_count(0)
    expect(tablet.get_by_text("Rule: Be kind")).to_be_visible()

    # Each can be hit without its neighbour.
    boxes = [one.bounding_box() for one in log.get_by_role("button").all()]
    targets = [box for box in (*boxes, phone.get_by_role("button", name="Follow Acha").bounding_box()) if box]
    assert len(targets) == 4
    assert all(box["width"] >= 44 and box["height"] >= 44 for box in targets)
    tops = sorted(box["y"] for box in boxes if box)
    assert all(below - above >= 43.5 for above, below in zip(tops, tops[1:], strict=False))

    # What else holds cannot be put away, and a new warning is one.
    meanwhile(lambda: add_sanction(kind="mute", secs=600, rule="No tea", **warned))
    expect(phone.get_by_text("Rule: No tea")).to_be_visible()
    expect(phone.get_by_role("button", name="Put this warning away")).to_have_count(0)
    assert complaints.lines == []


def test_a_person_and_a_group_are_reported_from_their_pages(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo, ann = (make_user(display_name=name) for name in ("Mia", "Leo", "Ann"))
    mod = make_user(display_name="Max", roles=[Role.Name.MODERATOR])
    group = group_of(mia, leo)
    hidden = create_group(founder_id=mia.pk, title="Secret tea", join_policy="invite")
    code = create_invite(created_by=mia.pk, group_id=hidden.pk).code
    cookies = {user.display_name: live_stack.cookie_of(user) for user in (mia, leo, ann, mod)}
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    for who, path, opens, shown in (
        ("Ann", f"/u/{mia.pk}", "Report", "Mia"),
        ("Leo", f"/chats/group/{group.pk}/about", "Report this group", "Tea friends"),
        ("Ann", f"/groups/{group.pk}", "Report this group", "Tea friends"),
        ("Ann", f"/join/{code}", "Report this group", "Secret tea"),
    ):
        page = shop.visit(path, size=PHONE, cookie=cookies[who])
        opener = page.locator("#app").get_by_role("button", name=opens, exact=True)
        opener.press("Enter")
        sheet = page.get_by_role("dialog", name="Report")
        expect(sheet.get_by_text(shown)).to_be_visible()
        sheet.get_by_role("radio", name="Fraud").press("Space")
        sheet.get_by_role("button", name="Report", exact=True).press("Enter")
        expect(page.get_by_text("Moderators look at it.").first).to_be_visible()
        expect(opener).to_be_focused()
    for path in (f"/u/{mia.pk}", f"/chats/group/{group.pk}/about", f"/groups/{group.pk}"):
        page = shop.visit(path, size=PHONE, cookie=cookies["Mia"])
        expect(page.get_by_text("Mia").first).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("Report"))).to_have_count(0)

    desk = shop.visit("/studio/desk", size=DESK, cookie=cookies["Max"])
    for name, link in (
        ("Person · Mia", "Open profile"),
        ("Group · Tea friends", "Run by Mia"),
        ("Group · Secret tea", "Run by Mia"),
    ):
        desk.get_by_role("listitem").filter(has_text=name.partition("· ")[2]).get_by_role("button").click()
        expect(desk.get_by_role("heading", name=name)).to_be_visible()
        expect(desk.get_by_role("link", name=link)).to_have_attribute("href", f"/u/{mia.pk}")
    assert complaints.lines == []


def test_what_holds_shows_at_once_and_after_a_reload(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo = make_user(display_name="Mia"), make_user(display_name="Leo")
    mods = [make_user(display_name=name, roles=[Role.Name.MODERATOR]) for name in ("Max", "Nora")]
    show = make_show(host=make_host(display_name="Acha"), title="Evening tea")
    group = group_of(mia, leo)
    cookie = live_stack.cookie_of(leo)
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    def hold(scope: str, kind: SanctionKind) -> Sanction:
        more = {"user_id": leo.pk, "reason": "fraud", "rule": "No sales", "secs": 86_400}
        return meanwhile(lambda: add_sanction(by=mods[0].pk, scope=scope, kind=kind, **more))

    # On the page of what holds: given, appealed and decided while it is open, and told of in the inbox.
    phone = shop.visit("/standing", size=PHONE, cookie=cookie)
    expect(phone.get_by_role("heading", name="Nothing restricts you")).to_be_visible()
    hold(f"group:{group.pk}", "mute")
    row = phone.get_by_role("list", name="My restrictions").get_by_role("listitem")
    expect(row).to_contain_text("Muted · Tea friends")
    expect(row).to_contain_text("Rule: No sales")
    row.get_by_role("button", name="Appeal").press("Enter")
    phone.get_by_role("textbox", name="Why is this not right?").fill("It was a joke.")
    phone.get_by_role("button", name="Send appeal").press("Enter")
    expect(row).to_contain_text("Appealed: another moderator looks at it")
    given = meanwhile(Appeal.objects.get)
    meanwhile(lambda: decide_appeal(by=mods[1].pk, appeal_id=given.pk, overturn=True, answer="Fair enough."))
    expect(row).to_contain_text("Appeal was accepted")
    expect(row).to_contain_text("Lifted")
    inbox = shop.visit("/inbox", size=PHONE, cookie=cookie)
    notice = inbox.get_by_role("link", name="Your appeal about “Tea friends” was accepted")
    expect(notice).to_contain_text("Fair enough.")
    notice.click()
    expect(inbox.get_by_role("heading", name="My restrictions")).to_be_visible()
    inbox.close()

    def is_told(page: Page, heading: str) -> None:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        bar = page.get_by_role("status").filter(has_text="Rule: No sales")
        expect(bar).to_contain_text("Banned")
        expect(bar).to_contain_text("Until")
        expect(bar.get_by_role("button", name="Appeal", exact=True)).to_be_visible()

    # Shut out of a room, it says so there, to whoever comes later as well.
    room, chat = f"/shows/{show.pk}", f"/chats/group/{group.pk}"
    ban = hold(f"show:{show.pk}", "ban")
    page = shop.visit(room, size=PHONE, cookie=cookie)
    is_told(page, "You are banned from this room")
    expect(page.get_by_role("textbox", name="You cannot comment")).to_be_disabled()
    # It comes back by itself.
    meanwhile(lambda: lift_sanction(by=mods[0].pk, sanction_id=ban.pk))
    expect(page.get_by_role("textbox", name="Say something")).to_be_enabled()
    assert complaints.lines == []

    # Banned from the whole site, there is no connection: the pages know all the same, and find out when it is over.
    ban = hold("site", "ban")
    page.reload()
    is_told(page, "You are banned from this room")
    page.goto(f"{live_stack.url}{chat}")
    is_told(page, "You are banned from this chat.")
    meanwhile(lambda: lift_sanction(by=mods[0].pk, sanction_id=ban.pk))
    expect(page.get_by_role("textbox", name="Message")).to_be_visible(timeout=40_000)


HEIGHTS = """rows => rows.map((row) => {
  const words = row.querySelector("p");
  const before = words.offsetHeight;
  row.querySelector(".powers").remove();
  return [before, words.offsetHeight];
})"""


def test_what_a_host_may_do_takes_no_line_and_what_not_is_said(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    host, sam = make_host(display_name="Acha"), make_user(display_name="Sam")
    show = make_show(host=host)
    for length in range(30, 78, 4):
        say(f"show:{show.pk}", sam, "m" * length)
    cookie = live_stack.cookie_of(host)
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    studio = shop.visit(f"/studio/shows/{show.pk}", size=DESK, cookie=cookie)
    rows = studio.get_by_role("log").locator(".row")
    expect(rows).to_have_count(12)
    heights = rows.evaluate_all(HEIGHTS)
    assert all(before == after for before, after in heights)

    stock = shop.visit("/studio/stock", size=DESK, cookie=cookie)
    expect(stock.get_by_role("heading", name="“Stock” is for the shop's staff")).to_be_visible()
    stock.get_by_role("main").get_by_role("link", name="Back to the first page").click()
    expect(stock.get_by_role("heading", name="Shows")).to_be_visible()
    # Nothing was asked for that a host may not have.
    assert complaints.lines == []


def test_whoever_runs_a_group_decides_at_its_page(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo, ann = (make_user(display_name=name) for name in ("Mia", "Leo", "Ann"))
    group = group_of(mia, leo, ann)
    channel = f"group:{group.pk}"
    said = say(channel, leo, "cheap watches, call me")
    report(reporter_id=ann.pk, target=f"message:{said['id']}", reason="spam", note="again")
    set_room(by=mia.pk, channel=channel, held=True)
    cookies = [live_stack.cookie_of(user) for user in (mia, leo, ann)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    mias = shop.visit(f"/chats/group/{group.pk}/about", size=PHONE, cookie=cookies[0])
    leos, anns = (shop.visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookie) for cookie in cookies[1:])
    expect(mias.get_by_text("Reported 1 time")).to_be_visible()
    expect(anns.get_by_role("log").get_by_text("cheap watches, call me")).to_be_visible()

    write(leos, "My teapot is for sale")
    expect(leos.get_by_role("log").get_by_text("A moderator looks at this first")).to_be_visible()
    expect(leos.get_by_role("button", name="Send again")).to_have_count(0)
    mias.reload()
    mias.get_by_role("button", name="Let through").click()
    expect(anns.get_by_role("log").get_by_text("My teapot is for sale")).to_be_visible()
    expect(leos.get_by_role("log").get_by_text("A moderator looks at this first")).to_have_count(0)
    mias.get_by_role("button", name="Remove message").click()
    expect(mias.get_by_text("Nothing waits for you.")).to_be_visible()
    expect(anns.get_by_role("log").get_by_text("cheap watches, call me")).to_have_count(0)
    about = shop.visit(f"/chats/group/{group.pk}/about", size=PHONE, cookie=cookies[2])
    expect(about.get_by_role("button", name="Leave group")).to_be_visible()
    expect(about.get_by_text("Held back and reported")).to_have_count(0)

    assert complaints.lines == []

    # Who is banned meanwhile is told so, there and whenever the chat is opened, and finds why and until when.
    meanwhile(lambda: add_sanction(by=mia.pk, user_id=leo.pk, scope=channel, kind="ban", reason="fraud", secs=600))
    expect(leos.get_by_role("status").get_by_text("You are banned from this chat.")).to_be_visible()
    expect(leos.get_by_role("textbox", name="Message")).to_have_count(0)
    leos.reload()
    expect(leos.get_by_role("heading", name="You are banned from this chat.")).to_be_visible()
    leos.get_by_role("link", name="Why, until when, appeal").click()
    expect(leos.get_by_role("listitem").filter(has_text="Banned")).to_contain_text("Tea friends")
    expect(leos.get_by_role("button", name="Appeal", exact=True)).to_be_visible()
    # The page looks the chat up beside entering it: of its own accord the browser notes that this was refused, too.
    refused = f"Failed to load resource: the server responded with a status of 403 (Forbidden) ({live_stack.url}"
    path = f"/chats/group/{group.pk}"
    assert complaints.lines == [f"{path}: {refused}/api/conversations/{group.pk}/)"]


def test_nothing_that_people_write_runs(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints, settings: Any
) -> None:
    settings.MODERATION_AUTO_HIDE_WEIGHT = 100  # all of them have to see what they report
    host, mod, other_mod = make_host(), *(make_user(roles=[Role.Name.MODERATOR]) for _ in range(2))
    show = make_show(host=host, title=HOSTILE[0])
    room = f"show:{show.pk}"
    people = [make_user(display_name=words[:30]) for words in HOSTILE]
    said = [say(room, one, words) for one, words in zip(people, HOSTILE, strict=True)]
    concerned = people[0]
    for one, words in zip(people[1:], HOSTILE[1:], strict=True):
        report(reporter_id=one.pk, target=f"message:{said[0]['id']}", reason="spam", note=words)
    held_to = [
        add_sanction(by=mod.pk, user_id=concerned.pk, scope=room, kind="warning", reason="spam", rule=words)
        for words in HOSTILE
    ]
    for sanction, words in zip(held_to, HOSTILE, strict=True):
        appeal(user_id=concerned.pk, sanction_id=sanction.pk, text=words)
        make_rule(by=mod.pk, scope="site", title=words, kind="keyword", params={"words": ["qqqq"]}, action="flag")
    set_room(by=mod.pk, channel=room, held=True)
    for one, words in zip(people, HOSTILE, strict=True):
        assert isinstance(try_to_say(room, one, words, key="held"), MessageHeld)
    cookies = [live_stack.cookie_of(user) for user in (other_mod, concerned)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    desk = shop.visit("/studio/desk", size=DESK, cookie=cookies[0])
    expect(desk.get_by_role("heading", name=people[0].display_name)).to_be_visible()
    is_harmless(desk, words=HOSTILE)
    for tab in ("Held", "Appeals", "Rules"):
        desk.get_by_role("tab", name=tab).click()
        is_harmless(desk, words=HOSTILE)
    is_harmless(shop.visit("/standing", size=PHONE, cookie=cookies[1]), words=HOSTILE)
    assert complaints.lines == []
