"""Whatever people write, wherever it is shown: it is read, and nothing of it runs."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import expect

from chat.conversations.models import Group
from chat.conversations.services import announce, change_group, create_group, create_invite, join_group
from chat.files.services import keep_upload
from chat.links.fetching import Page
from chat.links.services import look_at, note_links, show_links, take_links
from chat.messages import rooms
from chat.messages.attachments import Attaching
from chat.messages.models import Message
from chat.messages.services import Draft, commit_messages
from community.accounts.models import Role, User
from community.moderation.services.reports import report
from community.moderation.services.sanctions import add_sanction, lift_sanction
from community.notices.content import Content
from community.notices.services import notify
from tests.browser.hostile import HOSTILE, is_harmless, watch
from tests.browser.shop import Shop
from tests.support.chromium import DESK, Complaints
from tests.support.factories import make_user
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LONGEST_NAME = 30


def send(group: Group, author: User, text: str, upload: str = "") -> int:
    """Answers the message's id."""
    room = rooms.load_room(f"group:{group.pk}")
    attaching = Attaching(author.pk, upload=upload) if upload else None
    key = f"{author.pk}-{Message.objects.count()}"
    draft = Draft(f"group:{group.pk}", group.pk, author.pk, None, text, key, room.keeper, attaching=attaching)
    [message] = commit_messages([draft])
    return int(message["id"])


def send_all(group: Group, people: list[User]) -> list[int]:
    """Messages, files, and links that lead to pages with such titles; answers the ids of the messages."""
    sent = []
    for number, (one, words) in enumerate(zip(people, HOSTILE, strict=True)):
        sent.append(send(group, one, words))
        kept = keep_upload(owner_id=one.pk, file=BytesIO(b"text"), size=4, name=f"{words.replace('/', '')}.txt")
        send(group, one, "", upload=kept.code)
        send(group, one, f"https://tea.example/{number}")
    note_links(Message.objects.filter(conversation=group.pk))
    pages = {
        f"https://tea.example/{number}": f"<title>{html.escape(words)}</title>"
        f'<meta name="description" content="{html.escape(words)}">'
        f'<meta property="og:site_name" content="{html.escape(words)}">'
        for number, words in enumerate(HOSTILE)
    }
    while link_ids := take_links():
        for link_id in link_ids:
            look_at(link_id, fetch=lambda url: Page(pages.get(url, "").encode(), "utf-8"))
    show_links()
    return sent


@pytest.fixture
def people() -> list[User]:
    return [make_user(display_name=words[:LONGEST_NAME], bio=words) for words in HOSTILE]


def test_in_the_shop(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints, people: list[User], settings: Any
) -> None:
    settings.LINK_PREVIEWS = True
    leo, stranger = make_user(display_name="Leo"), make_user()
    group = create_group(founder_id=leo.pk, title=HOSTILE[0])
    asking = create_group(founder_id=leo.pk, title=HOSTILE[1])
    for one in people:
        join_group(user_id=one.pk, group_id=group.pk)
    announce(announced_by=leo.pk, group_id=group.pk, text="\n".join(HOSTILE))
    change_group(changed_by=leo.pk, group_id=asking.pk, join_policy="question", question=" ".join(HOSTILE[:4]))
    for one, words in zip(people, HOSTILE, strict=True):
        join_group(user_id=one.pk, group_id=asking.pk, answer=words)
    send_all(group, people)
    for number, words in enumerate(HOSTILE):
        content = Content(
            people=[people[number].pk], about=f"group:{group.pk}", title={"zh": words, "en": words}, text=words
        )
        notify(user_ids=[leo.pk], kind="mention", key=f"k{number}", content=content)
    code = create_invite(created_by=leo.pk, group_id=group.pk).code
    cookies = [live_stack.cookie_of(user) for user in (leo, stranger)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    page = shop.visit("/chats", size=DESK, cookie=cookies[0])
    watch(page, complaints)
    chat = f"/chats/group/{group.pk}"
    for path, words in (
        ("/chats", [HOSTILE[0], HOSTILE[1]]),
        (f"{chat}/about", [HOSTILE[0]]),
        (f"/chats/group/{asking.pk}/about", HOSTILE),
        (f"{chat}/members", [one.display_name for one in people]),
        (f"{chat}/search?q=window", [HOSTILE[0], HOSTILE[4]]),
        ("/inbox", HOSTILE),
        *((f"/u/{one.pk}", [one.display_name, one.bio]) for one in people),
    ):
        page.goto(f"{live_stack.url}{path}")
        is_harmless(page, words=words)
    page.goto(f"{live_stack.url}{chat}")
    rows = page.locator('[role="log"] [data-row]')
    expect(rows.filter(has_text=HOSTILE[-1]).first).to_be_attached()
    expect(rows.filter(has_text=".txt").last).to_be_visible()
    expect(rows.locator("a.preview").last).to_be_visible()
    is_harmless(page)

    page = shop.visit("/", size=DESK, cookie=cookies[1])
    watch(page, complaints)
    for path, words in (
        (f"/join/{code}", [HOSTILE[0]]),
        (f"/groups/{asking.pk}", [HOSTILE[1], " ".join(HOSTILE[:4])]),
    ):
        page.goto(f"{live_stack.url}{path}")
        is_harmless(page, words=words)
    assert complaints.lines == []


def test_on_the_desk(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints, people: list[User], settings: Any
) -> None:
    settings.LINK_PREVIEWS = True
    mod = make_user(display_name=HOSTILE[0][:LONGEST_NAME], roles=[Role.Name.MODERATOR])
    group = create_group(founder_id=people[0].pk, title=HOSTILE[2])
    for one in people[1:]:
        join_group(user_id=one.pk, group_id=group.pk)
    sent = send_all(group, people)
    report(reporter_id=people[1].pk, target=f"group:{group.pk}", reason="fraud", note=HOSTILE[3])
    for number, one in enumerate(people):
        other = people[number - 1]
        report(reporter_id=other.pk, target=f"message:{sent[number]}", reason="spam", note=HOSTILE[number])
        report(reporter_id=other.pk, target=f"user:{one.pk}", reason="impersonation", note=HOSTILE[number])
        sanction = add_sanction(
            by=mod.pk, user_id=one.pk, scope="site", kind="mute", reason="spam", note=HOSTILE[number]
        )
        lift_sanction(by=mod.pk, sanction_id=sanction.pk, why=HOSTILE[number])
    cookie = live_stack.cookie_of(mod)
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    desk = shop.visit("/studio/", size=DESK, cookie=cookie)
    watch(desk, complaints)
    desk.goto(f"{live_stack.url}/studio/desk")
    is_harmless(desk, words=[HOSTILE[2]])
    for words in (HOSTILE[2], HOSTILE[6], people[9].display_name):
        desk.get_by_role("list").get_by_text(words).first.click()
        is_harmless(desk)
    for tab, word in (("Held", None), ("Appeals", None), ("Rules", None), ("Log", HOSTILE[0]), ("Figures", None)):
        desk.get_by_role("tab", name=tab).click()
        expect(desk.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        is_harmless(desk, words=[word[:LONGEST_NAME]] if word else [])
    expect(desk.get_by_text(re.compile(r"\d")).first).to_be_visible()
    is_harmless(desk)
    assert complaints.lines == []
