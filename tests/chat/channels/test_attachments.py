"""What messages take along: uploads of their author, cards of what their author may show."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.channels import posting
from chat.conversations.models import Group
from chat.conversations.services import change_group, create_group, join_group, leave_group, open_direct
from chat.files.models import Upload
from chat.files.services import forget_unattached, keep_upload
from chat.messages import guards, rooms, sharing
from chat.messages.attachments import Attaching
from chat.messages.changes import edit_message, recall_message
from chat.messages.errors import AttachmentUnknown
from chat.messages.hiding import hide_message
from chat.messages.models import Message
from chat.messages.selectors import latest
from chat.messages.services import Draft, commit_messages
from chat.messages.sharing import Share
from community.accounts.models import User
from community.moderation.models import HeldMessage
from community.moderation.services.rooms import decide_held, set_room
from project.wiring import SHARERS
from tests.support.buying import api
from tests.support.factories import make_product, make_sku, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.UPLOADS_ROOT = tmp_path
    monkeypatch.setattr(rooms, "_rules", {"group": posting.room_of_group, "dm": posting.room_of_direct})


def upload_of(owner: User, text: bytes = b"text", name: str = "a.txt") -> Upload:
    return keep_upload(owner_id=owner.pk, file=BytesIO(text), size=len(text), name=name)


def draft(channel: str, author: User, *, text: str = "", key: str = "k", **attached: str) -> Draft:
    room = rooms.load_room(channel)
    attaching = Attaching(author.pk, **attached) if attached else None
    return Draft(channel, room.conversation_id, author.pk, None, text, key, room.keeper, attaching=attaching)


def send(channel: str, author: User, **said: str) -> Any:
    [answer] = commit_messages([draft(channel, author, **said)])
    return answer


def test_a_message_takes_its_author_s_upload_along_once(group_of_two, ann, bo, published) -> None:
    channel, upload = f"group:{group_of_two.pk}", upload_of(ann)
    assert send(channel, bo, upload=upload.code).code == "attachment_unknown"
    card = send(channel, ann, upload=upload.code)
    assert card["text"] == ""
    assert card["file"] == {
        "kind": "file",
        "upload": upload.code,
        "name": "a.txt",
        "type": "text/plain; charset=utf-8",
        "size": 4,
    }
    assert latest(group_of_two.pk, 5) == [card]
    assert send(channel, ann, upload=upload.code) == card
    assert send(channel, ann, upload=upload.code, key="again").code == "attachment_unknown"
    assert Message.objects.count() == 1
    upload.refresh_from_db()
    assert (upload.conversation_id, upload.seq) == (group_of_two.pk, 1)
    Upload.objects.update(uploaded_at="2020-01-01T00:00Z")
    assert forget_unattached() == 0


def test_two_messages_of_a_batch_do_not_share_an_upload(group_of_two, ann) -> None:
    channel, upload = f"group:{group_of_two.pk}", upload_of(ann)
    drafts = [draft(channel, ann, upload=upload.code, key=key) for key in ("1", "2")]
    first, second = commit_messages(drafts)
    assert (first["seq"], second.code) == (1, "attachment_unknown")
    assert send(channel, ann, text="next", key="3")["seq"] == 2


def test_members_read_the_file_as_they_may_read_the_message(group_of_two, ann, bo, cy) -> None:
    channel, upload = f"group:{group_of_two.pk}", upload_of(ann)
    path = f"/api/uploads/{upload.code}/"
    card = send(channel, ann, upload=upload.code)
    assert api(bo).get(path).json()["file"] == card["file"]
    assert api(cy).get(path).status_code == 404
    change_group(changed_by=ann.pk, group_id=group_of_two.pk, history="since_joining")
    join_group(user_id=cy.pk, group_id=group_of_two.pk)
    assert api(cy).get(path).status_code == 404
    leave_group(user_id=bo.pk, group_id=group_of_two.pk)
    assert api(bo).get(path).status_code == 404
    assert api(ann).get(path).status_code == 200


def test_what_is_held_is_let_in_with_all_that_it_has(group_of_two, ann, bo, cy, published) -> None:
    channel, upload = f"group:{group_of_two.pk}", upload_of(bo)
    join_group(user_id=cy.pk, group_id=group_of_two.pk)
    set_room(by=ann.pk, channel=channel, held=True)
    # The second one has nothing but its file, which is not the author's; the third one a card.
    about = f"product:{make_sku().product_id}"
    mentions = ({"user": cy.pk, "start": 4, "length": 3}, {"user": make_user().pk, "start": 8, "length": 4})
    first = draft(channel, bo, text="for @Cy @Dee", key="1", upload=upload.code)._replace(mentions=mentions)
    others = draft(channel, bo, key="2", upload=upload_of(cy).code), draft(channel, bo, key="3", about=about)
    published.clear()
    for one in (first, *others):
        assert commit_messages([one])[0].code == "message_held"
    assert (Message.objects.count(), {event.type for event in published}) == (0, {"held.changed", "held.counted"})
    waiting = api(ann).get(f"/api/moderation/held/?scope={channel}").json()
    assert [(one["text"], one["upload"], one["about"]) for one in waiting] == [
        ("for @Cy @Dee", upload.code, None),
        ("", others[0].attaching.upload, None),
        ("", None, about),
    ]
    # Who decides may look at the file, and it is kept as long as that takes.
    Upload.objects.update(uploaded_at="2020-01-01T00:00Z")
    assert forget_unattached() == 0
    link = f"/api/uploads/{upload.code}/"
    assert [api(one).get(link).status_code for one in (ann, bo, cy)] == [200, 200, 404]
    assert api(ann).get(f"/api/uploads/{others[0].attaching.upload}/").status_code == 404
    published.clear()
    decide_held(by=ann.pk, held_id=waiting[0]["id"], approve=True)
    [card] = latest(group_of_two.pk, 5)
    assert (card["text"], card["file"]["upload"]) == ("for @Cy @Dee", upload.code)
    assert card["mentions"] == [{"user": cy.pk, "start": 4, "length": 3}]
    assert [event.user_to for event in published if event.type == "mention.added"] == [cy.pk]
    assert [api(one).get(link).status_code for one in (ann, bo, cy)] == [200, 200, 200]
    assert commit_messages([first]) == [card]
    before = Message.objects.count(), Upload.objects.filter(conversation=None).count()
    published.clear()
    with pytest.raises(AttachmentUnknown):
        decide_held(by=ann.pk, held_id=waiting[1]["id"], approve=True)
    assert (Message.objects.count(), Upload.objects.filter(conversation=None).count()) == before
    assert (HeldMessage.objects.get(pk=waiting[1]["id"]).state, list(published)) == ("waiting", [])
    decide_held(by=ann.pk, held_id=waiting[1]["id"], approve=False)
    assert forget_unattached() == 1
    decide_held(by=ann.pk, held_id=waiting[2]["id"], approve=True)
    assert latest(group_of_two.pk, 5)[-1]["card"]["about"] == about


@pytest.mark.parametrize("way", ["recall", "hide"])
def test_what_is_out_of_sight_is_read_by_nobody(group_of_two, ann, bo, way) -> None:
    channel, upload = f"group:{group_of_two.pk}", upload_of(ann)
    card = send(channel, ann, upload=upload.code)
    reply = commit_messages([draft(channel, bo, text="what is it?", key="r")._replace(reply_to=1)])[0]
    assert reply["reply"]["attached"] == "file"
    if way == "recall":
        assert "file" not in recall_message(channel=channel, user_id=ann.pk, seq=1)
    else:
        hide_message(channel=channel, message_id=card["id"], why=Message.Hidden.MODERATOR)
    shown = latest(group_of_two.pk, 5)
    assert "file" not in shown[0]
    assert "attached" not in shown[1]["reply"]
    for user in (ann, bo):
        assert api(user).get(f"/api/uploads/{upload.code}/").status_code == 404


def test_words_beside_a_file_may_change_and_the_file_stays(group_of_two, ann) -> None:
    channel, upload = f"group:{group_of_two.pk}", upload_of(ann)
    card = send(channel, ann, text="look", upload=upload.code)
    anew = edit_message(channel=channel, user_id=ann.pk, seq=1, text="look here")
    assert (anew["text"], anew["file"]) == ("look here", card["file"])


def test_a_stranger_sends_text_until_let_in(ann, bo, published) -> None:
    direct, upload = open_direct(opened_by=ann.pk, user_id=bo.pk), upload_of(ann)
    published.clear()
    assert send(f"dm:{direct.pk}", ann, upload=upload.code).code == "attachments_refused"
    assert (Message.objects.count(), list(published)) == (0, [])


def test_what_is_on_sale_may_be_shown_by_anybody(group_of_two, ann, bo) -> None:
    product = make_product(title_zh="茶杯", title_en="Tea cup")
    make_sku(product=product, price=3900)
    hidden = make_product(visible=False)
    make_sku(product=hidden)
    channel = f"group:{group_of_two.pk}"
    assert send(channel, bo, about=f"product:{product.pk}")["card"] == {
        "about": f"product:{product.pk}",
        "title": {"zh": "茶杯", "en": "Tea cup"},
        "picture": None,
        "amount": 3900,
        "currency": "CNY",
    }
    for bad in (f"product:{hidden.pk}", "product:999999", "product:x", "product:01", "product:" + "9" * 30, "user:1"):
        assert send(channel, bo, about=bad, key=bad).code == "attachment_unknown"
    assert Message.objects.count() == 1


def test_orders_are_shown_by_their_buyers_alone(ann, bo) -> None:
    share = SHARERS["order"]
    assert share({Share(ann.pk, "202611230000000000")}) == {}


def test_a_batch_costs_as_many_queries_however_much_is_taken_along(ann, monkeypatch, settings) -> None:
    settings.UPLOADS_UNATTACHED_MOST = 1000
    asked: list[int] = []

    def share(shares: Collection[Share], /) -> Any:
        asked.append(len(shares))
        title = {"zh": "茶", "en": "tea"}
        return {
            one: {"about": f"tea:{one.id}", "title": title, "picture": None, "amount": None, "currency": None}
            for one in shares
        }

    monkeypatch.setattr(sharing, "_sharers", {"tea": share})
    # What guards ask is theirs to count.
    monkeypatch.setattr(guards, "_guards", [])
    groups = [create_group(founder_id=ann.pk, title=f"Tea {n}") for n in range(2)]
    people = [make_user(password=None) for _ in range(5)]
    for group in groups:
        for person in people:
            join_group(user_id=person.pk, group_id=group.pk)

    def drafts(where: list[Group], who: list[User], key: str) -> list[Draft]:
        found = []
        for group in where:
            for one in who:
                channel = f"group:{group.pk}"
                found.append(draft(channel, one, upload=upload_of(one).code, key=f"{key}u"))
                found.append(draft(channel, one, about=f"tea:{one.pk}", key=f"{key}c"))
        return found

    counts = []
    for batch in (drafts(groups[:1], people[:1], "few"), drafts(groups, people, "many")):
        with CaptureQueriesContext(connection) as queries:
            answers = commit_messages(batch)
        assert all("file" in one or "card" in one for one in answers)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert asked == [1, 5]
