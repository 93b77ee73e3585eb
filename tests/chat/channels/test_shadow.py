"""What is said in the shadow: its author sees it everywhere, nobody else anywhere, however they look for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.channels import posting, selectors
from chat.channels.cards import Listed
from chat.channels.guarding import Moderation
from chat.channels.selectors import conversation_list, direct_snapshots, group_snapshots, unread_totals
from chat.conversations.models import Group
from chat.conversations.services import join_group, open_direct
from chat.files.services import keep_upload
from chat.links.fetching import Page
from chat.links.models import Link
from chat.links.services import look_at, show_links
from chat.messages import guards, rooms
from chat.messages.attachments import Attaching
from chat.messages.changes import edit_message, pin_message, react, recall_message
from chat.messages.models import Message
from chat.messages.services import Draft, commit_messages
from chat.search.selectors import find_messages
from chat.search.services import index_again, index_said
from community.accounts.models import Role, User
from community.moderation.errors import Muted
from community.moderation.models import Sanction
from community.moderation.services.hiding import set_hidden
from community.moderation.services.rules import make_rule
from community.moderation.services.sanctions import add_sanction, lift_sanction
from community.notices.models import Notice
from community.social import services as social
from project.kernel.errors import NotFound
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_wired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_rules", {"group": posting.room_of_group, "dm": posting.room_of_direct})
    monkeypatch.setattr(guards, "_guards", [Moderation()])


@pytest.fixture
def mod(db: None) -> User:
    return make_user(display_name="Mod", roles=[Role.Name.MODERATOR])


@pytest.fixture
def channel(group_of_two: Group) -> str:
    return f"group:{group_of_two.pk}"


@pytest.fixture
def shadow(channel: str, mod: User, bo: User) -> Any:
    """Call it: from then on Bo speaks in the shadow."""

    def begin(scope: str = channel) -> Sanction:
        return add_sanction(by=mod.pk, user_id=bo.pk, scope=scope, kind="shadow_mute", reason="spam")

    return begin


def say(channel: str, author: User, text: str, *called: User, upload: str = "", reply_to: int | None = None) -> Any:
    room = rooms.load_room(channel)
    mentions = [{"user": one.pk, "start": len(text) + 1 + 3 * n, "length": 2} for n, one in enumerate(called)]
    key = f"k{Message.objects.count()}"
    draft = Draft(
        channel, room.conversation_id, author.pk, None, text + " @x" * len(called), key, room.keeper, reply_to,
        mentions=tuple(mentions), attaching=Attaching(author.pk, upload=upload) if upload else None,
    )  # fmt: skip
    [answer] = commit_messages([draft])
    return answer


def listed(user: User, channel: str) -> Listed | None:
    found = conversation_list(user.pk)
    return next((one for one in [*found["conversations"], *found["requests"]] if one["channel"] == channel), None)


def read_by(user: User, channel: str, *words: str) -> dict[str, Any]:
    """All the places where a person would find what was said, by what they are called."""
    kind, _, id = channel.partition(":")
    pair = (user.pk, int(id))
    snapshot: Any = (group_snapshots if kind == "group" else direct_snapshots)([pair])[pair]
    return {
        "snapshot": snapshot["messages"],
        "page": selectors.page(user_id=user.pk, conversation_id=pair[1], limit=50)["messages"],
        "changes": selectors.changes(user_id=user.pk, conversation_id=pair[1], since=0, limit=50)["messages"],
        "found": [
            one["message"] for word in words for one in find_messages(user_id=user.pk, text=word, limit=30)["found"]
        ],
        "mentions": selectors.mentions(user_id=user.pk, before=None, limit=30)["mentions"],
        "pinned": snapshot["pinned"],
        "list": (one := listed(user, channel)) and one["last_message"],
    }


def said_in(events: Any, *words: str) -> list[str]:
    """Types of events that say one of the words to somebody."""
    told = [(event.type, json.dumps(event.wire())) for event in events if event.channels()]
    return [type for type, wire in told if any(word in wire for word in words)]


def test_nobody_else_finds_it_and_its_author_does_everywhere(channel, ann, bo, shadow, published, settings, tmp_path):
    settings.UPLOADS_ROOT = tmp_path
    settings.LINK_PREVIEWS = True
    say(channel, ann, "before")
    shadow()
    published.clear()
    path = tmp_path / "it.txt"
    path.write_bytes(b"text")
    with path.open("rb") as file:
        upload = keep_upload(owner_id=bo.pk, file=file, size=4, name="secretfile.txt")
    say(channel, bo, "psst https://secret.example/a", ann, upload=upload.code)
    answer = say(channel, bo, "secret too", reply_to=2)
    assert answer["reply"]["text"].startswith("psst")
    say(channel, ann, "what?", reply_to=2)
    index_said()
    look_at(Link.objects.get().pk, fetch=lambda url: Page(b"<title>secret page</title>", "utf-8"))
    show_links()
    assert said_in(published, "psst", "secret") == []
    assert {event.type for event in published} == {"chat.sent"}
    mine, theirs = read_by(bo, channel, "psst", "secret"), read_by(ann, channel, "psst", "secret", "before")
    for place in ("snapshot", "page", "changes"):
        shown = {card["seq"]: card for card in theirs[place]}
        assert [shown[seq].get("hidden", False) for seq in (1, 2, 3, 4)] == [False, True, True, False]
        assert not {"file", "mentions", "reply", "preview"} & {*shown[2], *shown[3]}
        assert (shown[4]["reply"]["text"], shown[4]["reply"]["recalled"]) == ("", True)
        own = {card["seq"]: card for card in mine[place]}
        assert (own[2]["text"], own[2]["file"]["name"]) == ("psst https://secret.example/a @x", "secretfile.txt")
        assert own[3] == answer
    assert [card["text"] for card in theirs["found"]] == ["before"]
    assert {card["seq"] for card in mine["found"]} == {2, 3}
    assert (theirs["mentions"], Notice.objects.filter(user=ann, kind="mention").count()) == ([], 0)
    assert selectors.file_link(user_id=bo.pk, code=upload.code)["file"]["name"] == "secretfile.txt"
    with pytest.raises(NotFound):
        selectors.file_link(user_id=ann.pk, code=upload.code)


def test_it_does_not_count_and_moves_no_list(channel, group_of_two, ann, bo, cy, shadow) -> None:
    join_group(user_id=cy.pk, group_id=group_of_two.pk)
    say(channel, ann, "one")
    shadow()
    say(channel, bo, "psst", cy)
    say(channel, ann, "two", cy)
    say(channel, bo, "psst again", cy)
    for user, unread in ((cy, 2), (ann, 0), (bo, 0)):
        one = listed(user, channel)
        assert (one["unread"], one == selectors.listed(user_id=user.pk, conversation_id=group_of_two.pk)) == (
            unread,
            True,
        )
        assert unread_totals([user.pk]).get(user.pk, 0) == conversation_list(user.pk)["unread"] == unread
    assert listed(cy, channel)["mentions"] == [3]
    assert (listed(cy, channel)["last_message"]["seq"], listed(bo, channel)["last_message"]["seq"]) == (3, 4)


@pytest.mark.parametrize("then", ["mentions nobody", "mentions another one", "mentions the same"])
def test_what_is_worded_anew_in_the_shadow_goes_there(channel, group_of_two, ann, bo, cy, shadow, published, then):
    join_group(user_id=cy.pk, group_id=group_of_two.pk)
    say(channel, bo, "harmless", ann)
    say(channel, ann, "indeed", reply_to=1)
    index_said()
    assert list(published)
    assert Notice.objects.filter(user=ann, kind="mention").count() == 1
    shadow()
    published.clear()
    called = {"mentions nobody": [], "mentions another one": [cy], "mentions the same": [ann]}[then]
    text = "vicious" + " @x" * len(called)
    mentions = [{"user": one.pk, "start": 8, "length": 2} for one in called]
    card = edit_message(channel=channel, user_id=bo.pk, seq=1, text=text, mentions=mentions)
    index_again(card["id"])
    assert (card["text"], card["version"], "hidden" in card) == (text, 2, False)
    assert said_in(published, "vicious") == []
    assert [(e.type, e.user_to) for e in published if e.type.startswith("mention")] == [("mention.removed", ann.pk)]
    assert not Notice.objects.filter(kind="mention").exists()
    theirs, mine = read_by(ann, channel, "vicious", "harmless"), read_by(bo, channel, "vicious")
    for place in ("snapshot", "page", "changes"):
        [hidden] = [one for one in theirs[place] if one["seq"] == 1]
        assert (hidden["text"], hidden["hidden"]) == ("", True)
        assert [one["reply"]["text"] for one in theirs[place] if "reply" in one] == [""]
        assert [one for one in mine[place] if one["seq"] == 1] == [card]
    assert (theirs["found"], theirs["mentions"], read_by(cy, channel, "vicious")["mentions"]) == ([], [], [])
    assert mine["found"] == [card]
    # And it stays there, once one is let out again.
    published.clear()
    lift_sanction(by=Sanction.objects.get().by_id, sanction_id=Sanction.objects.get().pk)
    edit_message(channel=channel, user_id=bo.pk, seq=1, text="vicious indeed")
    assert said_in(published, "vicious") == []
    assert [event.type for event in published if event.type.startswith("mention")] == []


def test_nothing_that_is_done_to_it_shows_it(channel, ann, bo, shadow, published) -> None:
    sanction = shadow()
    say(channel, bo, "psst", ann)
    lift_sanction(by=sanction.by_id, sanction_id=sanction.pk)
    published.clear()
    react(channel=channel, user_id=bo.pk, seq=1, emoji="👍", added=True)
    before = Message.objects.values().get()
    for change in (
        lambda: react(channel=channel, user_id=ann.pk, seq=1, emoji="👍", added=True),
        lambda: pin_message(channel=channel, user_id=ann.pk, seq=1, pinned=True),
        lambda: recall_message(channel=channel, user_id=ann.pk, seq=1),
        lambda: edit_message(channel=channel, user_id=ann.pk, seq=1, text="mine"),
    ):
        with pytest.raises(Exception, match="message_gone"):
            change()
    assert Message.objects.values().get() == before
    recalled = recall_message(channel=channel, user_id=bo.pk, seq=1)
    assert recalled["recalled"] is True
    # Nor that anything was recalled.
    assert [(event.wire()["message"]["text"], event.wire()["message"].get("recalled")) for event in published] == [
        ("", None),
        ("", None),
    ]
    [shown] = read_by(ann, channel)["page"]
    assert (shown["hidden"], "recalled" in shown, "reactions" in shown) == (True, False, False)
    assert read_by(bo, channel)["page"] == [recalled]


def test_what_is_put_out_of_sight_and_comes_back_is_in_the_shadow_again(channel, ann, bo, mod, shadow, published):
    say(channel, bo, "harmless")
    shadow()
    psst = say(channel, bo, "psst", ann)
    published.clear()
    mute = add_sanction(by=mod.pk, user_id=bo.pk, scope=channel, kind="mute", reason="spam", hides_earlier=True)
    assert [one["hidden"] for one in read_by(bo, channel)["page"]] == [True, True]
    lift_sanction(by=mod.pk, sanction_id=mute.pk)
    thing = f"message:{psst['id']}"
    assert [set_hidden(by=mod.pk, target=thing, hidden=hidden) for hidden in (True, True, False, False)] == [
        True,
        False,
        True,
        False,
    ]
    assert [one["text"] for one in read_by(bo, channel)["page"]] == ["harmless", "psst @x"]
    assert [(one["text"], one.get("hidden", False)) for one in read_by(ann, channel)["page"]] == [
        ("harmless", False),
        ("", True),
    ]
    assert said_in(published, "psst") == []
    assert [event.type for event in published if event.type.startswith("mention")] == []


def test_a_direct_chat_begun_in_the_shadow_is_in_the_list_of_its_author_alone(ann, bo, shadow, published) -> None:
    social.follow(user_id=ann.pk, other_id=bo.pk)
    direct = open_direct(opened_by=bo.pk, user_id=ann.pk)
    channel = f"dm:{direct.pk}"
    sanction = shadow("site")
    published.clear()
    say(channel, bo, "psst")
    assert [(e.type, getattr(e, "user_to", None)) for e in published if e.type != "chat.sent"] == [
        ("conversation.added", bo.pk)
    ]
    assert (listed(ann, channel), unread_totals([ann.pk])) == (None, {})
    assert listed(bo, channel)["last_message"]["text"] == "psst"
    lift_sanction(by=sanction.by_id, sanction_id=sanction.pk)
    say(channel, bo, "hello")
    assert (listed(ann, channel)["last_message"]["text"], listed(ann, channel)["unread"]) == ("hello", 1)
    assert unread_totals([ann.pk]) == {ann.pk: 1}


def test_what_a_rule_does_about_an_edit_is_done(channel, ann, bo, mod, published) -> None:
    User.objects.update(joined_at="2020-01-01T00:00:00Z")
    rule = {"title": "Words", "kind": "keyword", "params": {"words": ["viagra"]}, "mute_secs": 600}
    make_rule(by=mod.pk, scope=channel, action="mute", **rule)
    say(channel, bo, "harmless")
    before = Message.objects.values().get()
    published.clear()
    with pytest.raises(Muted):
        edit_message(channel=channel, user_id=bo.pk, seq=1, text="buy viagra")
    assert Message.objects.values().get() == before
    assert [(one.user_id, one.kind) for one in Sanction.objects.all()] == [(bo.pk, "mute")]
    assert published.types == ["sanction.added", "restriction.changed", "notice.added"]
    assert isinstance(say(channel, bo, "what?"), Muted)
