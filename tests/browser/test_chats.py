"""Groups and direct chats: two people on phones, one of whom loses the connection; a long past; hostile words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from chat.conversations.models import Conversation, DirectChat, Group
from chat.conversations.services import announce, create_group, join_group, open_direct
from chat.messages import changes, rooms
from chat.messages.models import Message
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from community.moderation.models import Report
from community.moderation.services.rooms import set_room
from community.moderation.services.sanctions import add_sanction, lift_sanction
from community.social import services as social
from project.kernel.clock import now
from project.kernel.errors import DomainError
from tests.browser.hostile import HOSTILE, is_harmless
from tests.browser.shop import Shop
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_user
from tests.support.stack import Stack

pytestmark = pytest.mark.browser

ROWS = '[role="log"] [data-row]'
# All rows from the last one up to the first one, by their texts: scrolled through as a person would, who sees what is
# drawn before scrolling on, however busy the machine is.
ALL_TEXTS = """async () => {
  const box = document.querySelector('[role="log"]');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const texts = new Map();
  box.scrollTop = box.scrollHeight;
  for (let still = 0; still < 5;) {
    await frame();
    await frame();
    const top = box.querySelector("[data-row]").offsetTop;
    const seen = [...box.querySelectorAll("[data-row]:has(.text)")]
      .map((row) => [row.querySelector(".text").textContent, Number(row.dataset.row)]);
    // A page that came above has moved all that was seen before.
    const [known, index] = seen.find(([text]) => texts.has(text)) ?? [];
    const moved = known === undefined ? 0 : index - texts.get(known);
    for (const [text, index] of texts) texts.set(text, index + moved);
    for (const [text, index] of seen) texts.set(text, index);
    still = box.scrollTop === 0 && !box.querySelector(".spinner") ? still + 1 : 0;
    box.scrollTop -= 500;
  }
  return [...texts].sort(([, one], [, other]) => one - other).map(([text]) => text);
}"""
# Up to the first of all messages; answers by how many px the row that was read has moved at most, and how many pages
# came.
UP_TO_THE_FIRST = """async () => {
  const box = document.querySelector('[role="log"]');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const read = () => [...box.querySelectorAll("[data-row]")]
    .find((row) => row.offsetTop + row.offsetHeight > box.scrollTop);
  let most = 0, pages = 0;
  while (box.querySelector(".spinner")) {
    // What is drawn for the first time may be higher than it was thought to be: then one is not there yet.
    // A page that comes meanwhile is counted; where what is read stands is in motion then.
    while (box.scrollTop > 1200) {
      box.scrollTop = 600;
      const row = read(), index = row.dataset.row;
      await frame();
      if (row.dataset.row !== index) pages += 1;
    }
    const row = read(), index = row.dataset.row, y = row.getBoundingClientRect().top;
    for (let frames = 0; row.dataset.row === index && box.querySelector(".spinner"); frames += 1) {
      if (frames > 600) throw new Error(`no page came above ${row.textContent}`);
      await frame();
    }
    await frame();
    if (!row.isConnected) throw new Error("the row that was read is gone");
    most = Math.max(most, Math.abs(row.getBoundingClientRect().top - y));
    pages += 1;
  }
  return [most, pages, document.querySelectorAll("*").length];
}"""


class Line:
    """A phone's connection, which can be lost."""

    def __init__(self, page: Page) -> None:
        self._page, self._open, self._sockets = page, True, list[WebSocketRoute]()
        page.route_web_socket(re.compile("/connection/websocket"), self._connected)

    def _connected(self, socket: WebSocketRoute) -> None:
        if not self._open:
            socket.close()
            return
        self._sockets.append(socket)
        socket.connect_to_server()

    def refuse_sockets(self) -> None:
        """Requests are answered still."""
        self._open = False
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def cut(self) -> None:
        self.refuse_sockets()
        self._page.context.set_offline(True)

    def mend(self) -> None:
        self._open = True
        self._page.context.set_offline(False)


def say(channel: str, author: User, *texts: str) -> list[int]:
    """Answers the messages' numbers."""
    room = rooms.load_room(channel)
    drafts = [
        Draft(
            channel=channel,
            conversation_id=room.conversation_id,
            author_id=author.pk,
            role=None,
            text=text,
            key=f"t-{text[:50].encode().hex()[:40]}",
            keeper=room.keeper,
        )
        for text in texts
    ]
    with transaction.atomic():
        placed = commit_messages(drafts)
    return [one["seq"] for one in placed if not isinstance(one, DomainError)]


def meanwhile(work: Callable[[], Any]) -> Any:
    """Uses the database while a browser runs: Playwright's loop is in this thread, where Django then refuses."""

    def done() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


def befriend(one: User, other: User) -> None:
    social.ask(user_id=one.pk, other_id=other.pk)
    social.accept(user_id=other.pk, other_id=one.pk)


def group_of(owner: User, *others: User, title: str = "Tea friends") -> Group:
    group = create_group(founder_id=owner.pk, title=title)
    for other in others:
        join_group(user_id=other.pk, group_id=group.pk)
    return group


@pytest.fixture
def shop(live_stack: Stack, complaints: Complaints, request: pytest.FixtureRequest) -> Callable[[], Shop]:
    """Starts the server; make rows before."""

    def started() -> Shop:
        live_stack.start()
        return Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    return started


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")


def menu_of(page: Page, text: str) -> Any:
    page.locator(ROWS, has_text=text).first.get_by_role("button", name="Message actions").click()
    return page.get_by_role("dialog")


def test_two_people_chat_in_a_group_and_a_direct_chat(
    shop: Callable[[], Shop], live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo = make_user(display_name="Mia"), make_user(display_name="Leo")
    befriend(mia, leo)
    group = group_of(mia, leo)
    cookies = live_stack.cookie_of(mia), live_stack.cookie_of(leo)
    site = shop()
    mias = site.visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookies[0])
    leos = site.visit("/chats", size=PHONE, cookie=cookies[1])

    # Said in the group: the other one's list and badge know it at once, and the badge is gone when it is read.
    write(mias, "Hello <b>all</b>")
    expect(leos.get_by_role("link", name=re.compile("Tea friends.*Hello .b.all.*1 unread"))).to_be_visible()
    expect(leos.get_by_role("navigation").get_by_text("1 unread")).to_be_attached()
    leos.get_by_role("link", name=re.compile("Tea friends")).click()
    expect(leos.locator(ROWS)).to_contain_text(["Hello <b>all</b>"])
    desk = site.visit("/", size=DESK, cookie=cookies[1])
    expect(desk.get_by_role("link", name="Chats", exact=True)).to_be_visible()

    # Who writes is seen, a reply quotes, a reaction counts; what is worded anew or taken back is so on both sides.
    leos.get_by_role("textbox", name="Message").press_sequentially("See you")
    expect(mias.get_by_text("Leo is typing…")).to_be_visible()
    leos.keyboard.press("Shift+Enter")
    leos.keyboard.type("at eight https://a.example/x.")
    leos.keyboard.press("Enter")
    theirs = mias.locator(ROWS, has_text="See you")
    expect(theirs.locator(".text")).to_have_text("See you\nat eight https://a.example/x.")
    expect(theirs.get_by_role("link", name="https://a.example/x")).to_have_attribute("rel", re.compile("noopener"))
    menu_of(mias, "See you").get_by_role("button", name="React with 🎉").click()
    expect(leos.get_by_role("button", name="🎉, 1")).to_be_visible()
    leos.get_by_role("button", name="🎉, 1").click()
    expect(mias.get_by_role("button", name="🎉, 2")).to_be_visible()
    menu_of(mias, "See you").get_by_role("button", name="Reply").click()
    write(mias, "Fine")
    expect(leos.locator(ROWS, has_text="Fine").get_by_role("button", name=re.compile("Leo.*See you"))).to_be_visible()
    mias.get_by_role("textbox", name="Message").press("ArrowUp")
    expect(mias.get_by_role("textbox", name="Message")).to_have_value("Fine")
    write(mias, "Fine, at eight")
    expect(leos.locator(ROWS, has_text="Fine, at eight")).to_contain_text("edited")
    menu_of(mias, "Hello").get_by_role("button", name="Pin").click()
    expect(leos.get_by_role("button", name=re.compile("Pinned.*Hello"))).to_be_visible()

    # Reported by keyboard: every bubble has its menu, and gets the focus back.
    actions = mias.locator(ROWS, has_text="See you").first.get_by_role("button", name="Message actions")
    actions.press("Enter")
    mias.get_by_role("dialog", name="Message actions").get_by_role("button", name="Report").press("Enter")
    sheet = mias.get_by_role("dialog", name="Report")
    send = sheet.get_by_role("button", name="Report")
    # Nothing is chosen for the person.
    expect(sheet.get_by_role("radio", checked=True)).to_have_count(0)
    expect(send).to_be_disabled()
    expect(send).to_have_accessible_description("Choose what is wrong, then it can be sent.")
    sheet.get_by_role("radio", name="Fraud").press("Space")
    sheet.get_by_role("textbox").fill("wants money")
    send.press("Enter")
    expect(mias.get_by_text("Moderators look at it.").first).to_be_visible()
    expect(actions).to_be_focused()
    reports = Report.objects.values_list("case__kind", "reporter__display_name", "reason", "note")
    assert meanwhile(lambda: list(reports)) == [("message", "Mia", "fraud", "wants money")]

    menu_of(leos, "See you").get_by_role("button", name="Take back").click()
    expect(mias.get_by_text("Leo took a message back")).to_be_visible()
    expect(mias.locator(ROWS, has_text="Fine").get_by_text("Message no longer here")).to_be_visible()

    # Slow mode, set meanwhile: who has just written has to wait, and what comes too soon stays in the field.
    meanwhile(lambda: set_room(by=mia.pk, channel=f"group:{group.pk}", slow_mode_secs=120))
    words = leos.get_by_role("textbox", name="Message")
    expect(words).to_have_attribute("placeholder", re.compile(r"^Slow mode: again in \d+ s$"))
    write(leos, "Too soon")
    expect(leos.get_by_role("button", name="Slow mode")).to_be_disabled()
    expect(words).to_have_value("Too soon")
    write(mias, "The owner need not wait")
    expect(leos.locator(ROWS, has_text="The owner need not wait")).to_be_visible()
    assert meanwhile(Message.objects.filter(text="Too soon").count) == 0

    # Muted meanwhile: nothing can be written, and what was begun is there again afterwards.
    here = f"group:{group.pk}"
    mute = meanwhile(lambda: add_sanction(by=mia.pk, user_id=leo.pk, scope=here, kind="mute", reason="spam"))
    expect(words).to_be_hidden()
    expect(leos.get_by_role("button", name="Appeal", exact=True)).to_be_visible()
    meanwhile(lambda: lift_sanction(by=mia.pk, sanction_id=mute.pk))
    expect(words).to_have_value("Too soon")
    expect(words).to_be_visible()
    words.fill("")

    # Called by name: keys choose from the list, and whoever is called is marked. Esc leaves the words as they are.
    desk.get_by_role("link", name="Chats", exact=True).click()
    desk.get_by_role("link", name="Mentions of you").click()
    expect(desk.get_by_role("heading", name="No mentions yet")).to_be_visible()
    mias.get_by_role("textbox", name="Message").press_sequentially("@")
    choices = mias.get_by_role("listbox", name="Whom to mention").get_by_role("option")
    expect(choices.locator("bdi")).to_have_text(["Everyone", "Leo"])
    expect(mias.get_by_role("combobox", name="Message")).to_have_attribute("aria-expanded", "true")
    mias.keyboard.press("ArrowDown")
    expect(choices.nth(1)).to_have_attribute("aria-selected", "true")
    mias.keyboard.press("Enter")
    mias.keyboard.type("look")
    mias.keyboard.press("Enter")
    expect(leos.locator(ROWS, has_text="@Leo look").locator(".text b")).to_have_text("@Leo")
    called = desk.get_by_role("list", name="Mentions of you").get_by_role("link")
    expect(called).to_have_text(re.compile("Mia · Tea friends.*@Leo look"))
    called.press("Enter")
    expect(desk.locator(f"{ROWS} .flash")).to_contain_text("@Leo look")
    mias.keyboard.type("@le")
    expect(choices.locator("bdi")).to_have_text(["Leo"])
    mias.keyboard.press("Escape")
    expect(choices).to_have_count(0)
    mias.keyboard.press("Enter")
    expect(leos.get_by_role("log").get_by_text("@le", exact=True)).to_be_visible()
    mentions = Message.objects.filter(conversation=group.pk).exclude(mentions=[]).values_list("text", "mentions")
    assert meanwhile(lambda: list(mentions)) == [("@Leo look", [{"user": leo.pk, "start": 0, "length": 4}])]

    # Found by its words, whatever their case, and shown in its place; back from there is what was found.
    leos.get_by_role("link", name="Search messages").click()
    leos.get_by_role("searchbox").fill("EIGHT fine")
    found = leos.get_by_role("list", name="Found messages").get_by_role("link")
    expect(found.locator("mark")).to_have_text(["Fine", "eight"])
    found.click()
    expect(leos.locator(f"{ROWS} .flash")).to_contain_text("Fine, at eight")
    leos.go_back()
    expect(found).to_have_count(1)
    leos.get_by_role("searchbox").fill("nowhere said")
    expect(leos.get_by_role("heading", name="Nothing found")).to_be_visible()
    leos.get_by_role("link", name="Back").click()
    expect(leos.get_by_role("textbox", name="Message")).to_be_visible()

    # From a profile into a direct chat.
    mias.goto(f"{live_stack.url}/u/{leo.pk}")
    mias.get_by_role("button", name="Message").click()
    write(mias, "Just us two")
    expect(mias.locator(ROWS, has_text="Just us two")).not_to_contain_text("Sending")
    leos.get_by_role("link", name="Back").click()
    leos.get_by_role("link", name=re.compile("^Mia.*Just us two")).click()
    expect(leos.locator(ROWS)).to_contain_text(["Just us two"])
    expect(leos.get_by_text("Looking at this chat")).to_be_visible()
    assert complaints.lines == []


def test_a_list_that_is_on_its_way_when_something_is_said_shows_it(shop: Callable[[], Shop], live_stack: Stack) -> None:
    mia, leo = make_user(display_name="Mia"), make_user(display_name="Leo")
    group = group_of(mia, leo)
    cookies = live_stack.cookie_of(mia), live_stack.cookie_of(leo)
    site = shop()
    mias = site.visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookies[0])
    leos = site.visit("/chats/new", size=PHONE, cookie=cookies[1])
    came, answers = list[str](), list[tuple[Route, Any]]()
    leos.on("websocket", lambda socket: socket.on("framereceived", lambda frame: came.append(str(frame))))
    leos.goto(f"{site.url}/")
    wait_for(leos, lambda: any(f'"user:{leo.pk}"' in frame or '"unread"' in frame for frame in came))

    leos.route("**/api/conversations/", lambda route: answers.append((route, route.fetch())), times=1)
    leos.get_by_role("link", name="Chats").click()
    wait_for(leos, lambda: bool(answers))
    write(mias, "Said meanwhile")
    wait_for(leos, lambda: any("conversation.touched" in frame for frame in came))
    for route, answer in answers:
        route.fulfill(response=answer)
    expect(leos.get_by_role("link", name=re.compile("Tea friends.*Said meanwhile.*1 unread"))).to_be_visible()


def wait_for(page: Page, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


def direct_of(one: User, other: User) -> DirectChat:
    befriend(one, other)
    return open_direct(opened_by=one.pk, user_id=other.pk)


@pytest.mark.parametrize(("kind", "make"), [("group", group_of), ("dm", direct_of)])
def test_who_was_away_comes_back_to_exactly_what_was_missed(
    shop: Callable[[], Shop], live_stack: Stack, kind: str, make: Callable[[User, User], Group | DirectChat]
) -> None:
    mia, leo = make_user(display_name="Mia"), make_user(display_name="Leo")
    id = make(mia, leo).pk
    channel = f"{kind}:{id}"
    one, two = say(channel, mia, "before one", "before two")
    cookie = live_stack.cookie_of(leo)
    phone = shop().visit("/", size=PHONE, cookie=cookie)
    line = Line(phone)
    phone.goto(f"{live_stack.url}/chats/{kind}/{id}")
    expect(phone.locator(ROWS)).to_contain_text(["before one", "before two"])

    # A short while: the stream has it. What one writes meanwhile goes out afterwards, once.
    line.cut()
    expect(phone.get_by_text("Reconnecting.")).to_be_visible()
    write(phone, "written offline")
    expect(phone.locator(ROWS, has_text="written offline")).to_contain_text("Waiting for the network")
    meanwhile(lambda: say(channel, mia, "missed a"))
    line.mend()
    expect(phone.locator(ROWS)).to_contain_text(["before one", "before two", "missed a", "written offline"])
    expect(phone.get_by_text("Waiting for the network")).to_have_count(0)
    once = Message.objects.filter(conversation=id, text="written offline")
    assert meanwhile(once.count) == 1

    # Longer than the stream goes back: the changes are asked for.
    line.cut()
    expect(phone.get_by_text("Reconnecting.")).to_be_visible()
    missed = [f"missed {number}" for number in range(320)]
    meanwhile(lambda: say(channel, mia, *missed))
    meanwhile(lambda: changes.edit_message(channel=channel, user_id=mia.pk, seq=one, text="before, edited"))
    meanwhile(lambda: changes.recall_message(channel=channel, user_id=mia.pk, seq=two))
    line.mend()
    to_end = phone.get_by_role("button", name=re.compile("^3[01][0-9] new"))
    expect(to_end).to_be_visible()
    expect(phone.locator(ROWS, has_text="written offline")).to_be_in_viewport()
    expect(phone.locator("[data-new]")).to_have_count(1)
    to_end.click()
    expect(phone.locator(ROWS, has_text=missed[-1])).to_be_in_viewport()
    assert phone.evaluate(ALL_TEXTS) == ["before, edited", "missed a", "written offline", *missed]
    expect(phone.get_by_text("Mia took a message back")).to_be_visible()


def test_ten_thousand_messages_keep_their_place(
    shop: Callable[[], Shop], live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo = make_user(display_name="Mia"), make_user(display_name="Leo")
    group = group_of(mia, leo)
    count, at = 10_000, now()
    Message.objects.filter(conversation=group.pk).delete()
    Message.objects.bulk_create(
        Message(
            conversation_id=group.pk,
            seq=number,
            change=number,
            author=leo if number % 3 else mia,
            # The first is short: who reads it beside its time does not break its line anew.
            text=f"number {number} " + "and so on " * ((number - 1) % 13),
            key=f"k{number}",
            sent_at=at,
        )
        for number in range(1, count + 1)
    )
    Conversation.objects.filter(pk=group.pk).update(last_seq=count, last_change=count)
    cookie = live_stack.cookie_of(leo)
    phone = shop().visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookie)
    expect(phone.locator(ROWS, has_text="number 10000 ")).to_be_visible()
    moved, pages, nodes = phone.evaluate(UP_TO_THE_FIRST)
    assert moved <= 1
    assert pages >= (count - 50) / 100
    assert nodes < 1_500
    first = phone.locator(ROWS, has_text=re.compile(r"number 1\b"))
    phone.evaluate("document.querySelector('[role=\"log\"]').scrollTop = 0")
    expect(first).to_be_in_viewport()
    # What comes now stands below, is counted, and moves nothing.
    before = first.bounding_box()
    meanwhile(lambda: say(f"group:{group.pk}", mia, "the newest"))
    expect(phone.get_by_role("button", name="1 new")).to_be_visible()
    assert first.bounding_box() == before
    phone.get_by_role("button", name="1 new").click()
    expect(phone.locator(ROWS, has_text="the newest")).to_be_in_viewport()
    assert complaints.lines == []


def test_nothing_that_people_write_runs(shop: Callable[[], Shop], live_stack: Stack, complaints: Complaints) -> None:
    people = [make_user(display_name=words[:30]) for words in HOSTILE]
    leo = make_user(display_name="Leo")
    groups = [group_of(one, leo, title=words) for one, words in zip(people, HOSTILE, strict=True)]
    group = groups[0]
    for one in people[1:]:
        join_group(user_id=one.pk, group_id=group.pk)
    announce(announced_by=people[0].pk, group_id=group.pk, text="\n".join(HOSTILE))
    numbers = [say(f"group:{group.pk}", one, words) for one, words in zip(people, HOSTILE, strict=True)]
    changes.pin_message(channel=f"group:{group.pk}", user_id=people[0].pk, seq=numbers[0][0], pinned=True)
    cookie = live_stack.cookie_of(leo)
    page = shop().visit("/chats", size=DESK, cookie=cookie)
    for path in (
        "/chats",
        f"/chats/group/{group.pk}",
        f"/chats/group/{group.pk}/about",
        f"/chats/group/{group.pk}/members",
        f"/groups/{group.pk}",
    ):
        page.goto(f"{live_stack.url}{path}")
        expect(page.get_by_text(HOSTILE[0][:30]).first).to_be_visible()
        if path.endswith(str(group.pk)) and path.startswith("/chats"):
            for words in HOSTILE:
                expect(page.locator(ROWS, has_text=words).first).to_be_attached()
        is_harmless(page)
    assert complaints.lines == []
