from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from chat.messages import guards, rooms
from chat.messages.changes import edit_message, pin_message, react
from chat.messages.errors import MessageGone, TextEmpty
from chat.messages.guards import LET_THROUGH, Saying, Verdict
from chat.messages.hiding import hide_earlier, hide_message, place_approved, restore_messages
from chat.messages.models import Message, Reaction, Wording
from chat.messages.selectors import latest
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.errors import Forbidden, NotFound
from tests.chat.messages.conftest import Hall

pytestmark = pytest.mark.django_db


class Doorkeeper:
    """Refuses "no", puts "quiet" into the shadow, and lets everything else through."""

    def __init__(self) -> None:
        self.asked: list[list[Saying]] = []
        self.admits = LET_THROUGH
        self.told: list[dict[int, tuple[Saying, Verdict]]] = []

    async def prepare(self) -> None:
        pass

    def review(self, sayings: Sequence[Saying], /) -> Sequence[Verdict]:
        self.asked.append(list(sayings))
        words = {"no": Verdict(refusal=Forbidden()), "quiet": Verdict(shadowed=True, note="q")}
        return [words.get(saying.text, LET_THROUGH) for saying in sayings]

    def admit(self, channel: str, user_id: int, /) -> Verdict:
        return self.admits

    def placed(self, said: Mapping[int, tuple[Saying, Verdict]], /) -> None:
        self.told.append(dict(said))


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Doorkeeper:
    keeper = Doorkeeper()
    monkeypatch.setattr(guards, "_guards", [keeper])
    return keeper


def draft(hall: Hall, author: User, text: str, *, key: str | None = None, role: str | None = None) -> Draft:
    return Draft("hall:1", hall.conversations[1].pk, author.pk, role, text, key or text)


def test_a_guard_is_asked_once_a_batch_and_told_what_was_placed(hall, ann, bo, keeper, published) -> None:
    answers = commit_messages(
        [draft(hall, ann, "hi"), draft(hall, bo, "no"), draft(hall, ann, "hi"), draft(hall, bo, "ok", role="host")]
    )
    assert [saying.text for saying in keeper.asked[0]] == ["hi", "no", "ok"]
    assert [saying.runs_it for saying in keeper.asked[0]] == [False, False, True]
    assert len(keeper.asked) == 1
    assert isinstance(answers[1], Forbidden)
    assert [(answer["text"], answer["seq"]) for answer in (answers[0], answers[2], answers[3])] == [
        ("hi", 1),
        ("hi", 1),
        ("ok", 2),
    ]
    assert [list(said) for said in keeper.told] == [[answers[0]["id"], answers[3]["id"]]]
    assert [event.wire()["message"]["text"] for event in published] == ["hi", "ok"]


def test_what_is_refused_leaves_nothing(hall, ann, keeper, published) -> None:
    before = hall.conversations[1].last_change
    [answer] = commit_messages([draft(hall, ann, "no")])
    hall.conversations[1].refresh_from_db()
    assert isinstance(answer, Forbidden)
    assert not Message.objects.exists()
    assert hall.conversations[1].last_change == before
    assert (published, keeper.told) == ([], [])


def test_a_repeated_send_is_not_looked_at_again(hall, ann, keeper) -> None:
    commit_messages([draft(hall, ann, "hi")])
    commit_messages([draft(hall, ann, "hi")])
    assert len(keeper.asked) == 1


def test_who_writes_in_the_shadow_sees_it_alone(hall, ann, bo, keeper, published) -> None:
    [own] = commit_messages([draft(hall, ann, "quiet")])
    commit_messages([draft(hall, bo, "after")])
    assert (own["text"], own.get("hidden")) == ("quiet", None)
    assert [event.wire()["message"]["text"] for event in published] == ["", "after"]
    shown = latest(hall.conversations[1].pk, 5)
    assert [(card["seq"], card["text"], card.get("hidden")) for card in shown] == [(1, "", True), (2, "after", None)]
    assert commit_messages([draft(hall, ann, "quiet")]) == [own]
    # Worded anew, it stays there; nobody else can do anything with it.
    card = edit_message(channel="hall:1", user_id=ann.pk, seq=1, text="louder")
    assert (card["text"], published[-1].wire()["message"]["text"]) == ("louder", "")


def test_words_are_looked_at_again_when_they_change(hall, ann, keeper, published) -> None:
    [card] = commit_messages([draft(hall, ann, "hi")])
    published.clear()
    with pytest.raises(Forbidden):
        edit_message(channel="hall:1", user_id=ann.pk, seq=1, text="no")
    assert keeper.asked[-1][0].edits == 1
    assert (Message.objects.get().text, Wording.objects.count(), published) == ("hi", 0, [])
    edit_message(channel="hall:1", user_id=ann.pk, seq=1, text="better")
    assert list(keeper.told[-1]) == [card["id"]]


def test_what_a_guard_does_not_let_in_is_not_done_without_words_either(hall, ann, bo, keeper, published) -> None:
    commit_messages([draft(hall, ann, "hi")])
    react(channel="hall:1", user_id=bo.pk, seq=1, emoji="🎉", added=True)
    hall.roles[bo.pk] = "moderator"
    before = Message.objects.values().get()
    published.clear()
    keeper.admits = Verdict(refusal=Forbidden())
    with pytest.raises(Forbidden):
        react(channel="hall:1", user_id=bo.pk, seq=1, emoji="👍", added=True)
    with pytest.raises(Forbidden):
        pin_message(channel="hall:1", user_id=bo.pk, seq=1, pinned=True)
    # In the shadow it goes well, as far as one can tell.
    keeper.admits = Verdict(shadowed=True)
    react(channel="hall:1", user_id=bo.pk, seq=1, emoji="👍", added=True)
    pin_message(channel="hall:1", user_id=bo.pk, seq=1, pinned=True)
    assert (Message.objects.values().get(), Reaction.objects.count(), published) == (before, 1, [])
    # What was done before can be taken back.
    keeper.admits = Verdict(refusal=Forbidden())
    assert "reactions" not in react(channel="hall:1", user_id=bo.pk, seq=1, emoji="🎉", added=False)
    assert not Reaction.objects.exists()


def test_what_was_approved_gets_its_place_without_a_guard(hall, ann, keeper) -> None:
    message_id = place_approved(draft(hall, ann, "no", key="k"))
    assert Message.objects.get(pk=message_id).text == "no"
    assert keeper.asked == []
    with pytest.raises(TextEmpty):
        place_approved(draft(hall, ann, "", key="a picture"))
    hall.closed = True
    with pytest.raises(Exception, match="closed_in_tests"):
        place_approved(draft(hall, ann, "later"))


def test_hidden_and_restored(hall, ann, published) -> None:
    [card] = commit_messages([draft(hall, ann, "hi")])
    published.clear()
    assert hide_message(channel="hall:1", message_id=card["id"], why=Message.Hidden.MODERATOR)
    assert not hide_message(channel="hall:1", message_id=card["id"], why=Message.Hidden.MODERATOR)
    [hidden] = published
    assert hidden.wire()["message"] == latest(hall.conversations[1].pk, 5)[0]
    assert hidden.wire()["message"].items() >= {"text": "", "hidden": True, "version": 2, "change": 2}.items()
    with pytest.raises(MessageGone):
        edit_message(channel="hall:1", user_id=ann.pk, seq=1, text="again")
    assert restore_messages(channel="hall:1", message_ids=[card["id"]], hidden_as=["shadow"]) == []
    assert restore_messages(channel="hall:1", message_ids=[card["id"]], hidden_as=["moderator"]) == [card["id"]]
    assert published[-1].type == "chat.restored"
    assert latest(hall.conversations[1].pk, 5) == [published[-1].wire()["message"]]
    assert published[-1].wire()["message"] == {**card, "version": 3, "change": 3}


def test_earlier_messages_of_one_person_in_one_place(hall, ann, bo, published, django_assert_max_num_queries) -> None:
    began = now()
    commit_messages([draft(hall, ann, str(n)) for n in range(20)] + [draft(hall, bo, "mine")])
    published.clear()
    with django_assert_max_num_queries(10):
        hidden = hide_earlier(channel="hall:1", author_id=ann.pk, since=began)
    assert len(hidden) == len(published) == 20
    assert [card["text"] for card in latest(hall.conversations[1].pk, 50) if "hidden" not in card] == ["mine"]
    rooms.forget("hall:9")
    with pytest.raises(NotFound):
        hide_earlier(channel="hall:9", author_id=ann.pk, since=began)
