from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import localdate

from chat.conversations.services import create_group, create_invite
from chat.messages.models import Message
from community.moderation.errors import (
    AlreadyDecided,
    AppealGiven,
    NoSelf,
    NotYours,
    TooLateToUndo,
)
from community.moderation.events import AppealChanged, CaseChanged
from community.moderation.models import Appeal, AuditRow, Case, Report, Sanction
from community.moderation.reactions import tell_appellant, tell_reporters
from community.moderation.selectors import metrics as metrics_of_days
from community.moderation.selectors.cases import appeal_cards, card_of, case_detail, queue, weight_of
from community.moderation.selectors.metrics import metrics
from community.moderation.services.appeals import appeal, decide_appeal, undo_appeal
from community.moderation.services.audit import verify
from community.moderation.services.decisions import Verdict, decide, decide_many, undo
from community.moderation.services.reports import report
from community.moderation.services.sanctions import add_sanction, lift_sanction
from community.notices.models import Notice
from community.notices.services import switch
from project.kernel.clock import bounds_of
from project.kernel.errors import Forbidden, Invalid, NotFound
from tests.community.moderation.conftest import say, try_to_say
from tests.community.moderation.test_api import client_of
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def told(user, kind: str) -> list[tuple[str, str, str, list[int]]]:
    rows = Notice.objects.filter(user=user, kind=kind).order_by("seq").values_list("data", flat=True)
    return [(data["about"], data["word"], data["text"], data["people"]) for data in rows]


@pytest.fixture
def said(show, ann) -> str:
    """A message of Ann's in the room, as a target."""
    return f"message:{say(f'show:{show.pk}', ann, 'buy my stuff')['id']}"


def test_reports_of_one_thing_are_one_case(said, bo, cy, published) -> None:
    first = report(reporter_id=bo.pk, target=said, reason="spam", note="again and again")
    report(reporter_id=bo.pk, target=said, reason="abuse")
    second = report(reporter_id=cy.pk, target=said, reason="fraud")
    assert first.pk == second.pk
    assert (second.reports, second.weight, second.reasons) == (2, 2.0, ["fraud", "spam"])
    assert second.copy["text"] == "buy my stuff"
    assert [event.wire()["case"]["version"] for event in published if event.type == "case.changed"] == [1, 2]


def test_weighty_reports_hide_until_somebody_has_looked(said, show, ann, bo, cy, mod, published) -> None:
    for person in (bo, cy, make_user(), make_user()):
        report(reporter_id=person.pk, target=said, reason="spam")
    # New accounts count half as much: 1 + 1 + 0.5 + 0.5.
    case = Case.objects.get()
    assert (case.weight, case.hidden_at is not None) == (3.0, True)
    assert Message.objects.get().hidden_as == "reports"
    assert [event.type for event in published].count("chat.hidden") == 1
    decide(by=mod.pk, case_id=case.pk, verdict=Verdict("keep"))
    assert Message.objects.get().hidden_at is None
    # Kept by a moderator, it stays, however many report it again.
    for person in (bo, cy, mod):
        report(reporter_id=person.pk, target=said, reason="spam")
    assert Case.objects.filter(state="open").get().weight >= 3
    assert Message.objects.get().hidden_at is None


def test_who_was_right_counts_more_and_who_was_not_less(show, ann, bo, cy, mod) -> None:
    for n in range(4):
        target = f"message:{say(f'show:{show.pk}', ann, str(n))['id']}"
        case = report(reporter_id=bo.pk if n % 2 else cy.pk, target=target, reason="spam")
        decide(by=mod.pk, case_id=case.pk, verdict=Verdict("remove" if n % 2 else "keep"))
    assert (weight_of(bo.pk), weight_of(cy.pk), weight_of(mod.pk)) == (1.2, 0.5, 3.0)


def test_reporters_are_told_whether_something_was_done(said, ann, bo, cy, mod) -> None:
    case = report(reporter_id=bo.pk, target=said, reason="spam")
    for person in (cy, mod):
        report(reporter_id=person.pk, target=said, reason="abuse")

    def happened(*, times: int = 1) -> list[tuple[int, str, str, str, list[int]]]:
        for _ in range(times):
            tell_reporters(CaseChanged(case=card_of(Case.objects.get())))
        rows = Notice.objects.filter(kind="report").order_by("user", "seq")
        return [
            (one.user_id, one.data["about"], one.data["word"], one.data["text"], one.data["people"]) for one in rows
        ]

    assert happened() == []
    decide(by=mod.pk, case_id=case.pk, verdict=Verdict("ban", secs=60, note="not for them"))
    # Nobody tells oneself.
    assert happened(times=2) == [(one.pk, f"report:{case.pk}", "acted", "", []) for one in (bo, cy)]
    undo(by=mod.pk, case_id=case.pk)
    assert happened(times=2) == []
    decide(by=mod.pk, case_id=case.pk, verdict=Verdict("keep"))
    assert happened(times=2) == [(one.pk, f"report:{case.pk}", "nothing", "", []) for one in (bo, cy)]
    assert not Notice.objects.filter(user=ann, kind="report").exists()


def test_what_cannot_be_reported(said, group, ann, bo, cy, mod) -> None:
    inside = f"message:{say(f'group:{group.pk}', ann, 'among us')['id']}"
    for who, target, error in [
        (ann, said, NoSelf),
        (cy, inside, NotFound),
        (cy, "message:99999999", NotFound),
        (cy, "order:1", NotFound),
        (cy, f"user:{cy.pk}", NoSelf),
        (cy, "user:99999999", NotFound),
    ]:
        with pytest.raises(error):
            report(reporter_id=who.pk, target=target, reason="spam")
    assert not Case.objects.exists()
    assert report(reporter_id=bo.pk, target=inside, reason="abuse").scope == f"group:{group.pk}"
    case = report(reporter_id=bo.pk, target=f"group:{group.pk}", reason="fraud")
    assert (case.subject_id, case.scope, case.copy["title"]) == (ann.pk, "site", "Tea friends")
    assert report(reporter_id=bo.pk, target=f"user:{cy.pk}", reason="fraud").scope == "site"


def test_people_and_groups_come_to_the_desk_and_not_to_who_runs_the_group(group, ann, bo, cy, mod) -> None:
    for target, kind in ((f"group:{group.pk}", "group"), (f"user:{cy.pk}", "user")):
        case = report(reporter_id=bo.pk, target=target, reason="fraud")
        assert list(queue(kind=kind)) == [case]
        assert list(queue(scope=f"group:{group.pk}")) == []
        with pytest.raises(Forbidden):
            decide(by=ann.pk, case_id=case.pk, verdict=Verdict("keep"))
        with pytest.raises(Invalid):
            decide(by=mod.pk, case_id=case.pk, verdict=Verdict("remove"))
        decide(by=mod.pk, case_id=case.pk, verdict=Verdict("warn"))
    assert sorted(Sanction.objects.values_list("user_id", "scope")) == sorted([(ann.pk, "site"), (cy.pk, "site")])


def test_a_group_that_wants_an_invite_is_reported_by_its_link_alone(ann, bo) -> None:
    group = create_group(founder_id=ann.pk, title="Secret tea", join_policy="invite")
    target = f"group:{group.pk}"
    with pytest.raises(NotFound):
        report(reporter_id=bo.pk, target=target, reason="fraud")
    code = create_invite(created_by=ann.pk, group_id=group.pk).code
    client, body = client_of(bo), {"reason": "fraud", "note": "wants money"}
    for given in ({}, {"reason": "nonsense"}, {**body, "note": "x" * 501}):
        assert client.post(f"/api/invites/{code}/report/", given, format="json").status_code == 400
    assert client.post("/api/invites/nothing/report/", body, format="json").status_code == 404
    assert not Case.objects.exists()
    for _ in range(2):
        answer = client.post(f"/api/invites/{code}/report/", body, format="json")
        assert (answer.status_code, answer.json()["target"]) == (201, target)
    assert list(Report.objects.values_list("case__target", "reporter_id", "note")) == [(target, bo.pk, "wants money")]
    assert client_of(ann).post(f"/api/invites/{code}/report/", body, format="json").status_code == 400


def test_whoever_runs_a_group_does_not_learn_who_reported_oneself(group, ann, bo, mod) -> None:
    case = report(reporter_id=bo.pk, target=f"message:{say(f'group:{group.pk}', ann, 'hm')['id']}", reason="abuse")
    for who, reporters in ((ann, []), (mod, [bo.pk])):
        answer = client_of(who).get(f"/api/moderation/cases/{case.pk}/").json()
        assert [one["reporter"]["id"] for one in answer["reports"]] == reporters
        assert (answer["record"] is None) == (who == ann)


def test_a_mute_from_the_desk_and_back(said, show, ann, bo, mod) -> None:
    case = report(reporter_id=bo.pk, target=said, reason="spam")
    decide(by=mod.pk, case_id=case.pk, verdict=Verdict("mute", secs=600))
    assert type(try_to_say(f"show:{show.pk}", ann, "more")).__name__ == "Muted"
    detail = case_detail(Case.objects.get(), reader_id=mod.pk)
    assert detail["undo_until"] is not None
    assert [line["hidden"] for line in detail["around"]] == [True]
    assert Report.objects.get().upheld is True
    case = undo(by=mod.pk, case_id=case.pk)
    assert (case.state, case.decision, Report.objects.get().upheld) == ("open", "", None)
    assert Message.objects.get().hidden_at is None
    assert say(f"show:{show.pk}", ann, "more")["seq"] == 2
    with pytest.raises(TooLateToUndo):
        undo(by=mod.pk, case_id=case.pk)
    assert verify() is None


def test_a_case_is_decided_once_and_by_those_who_may(said, ann, bo, cy, host, mod, other_mod, published) -> None:
    case = report(reporter_id=bo.pk, target=said, reason="spam")
    published.clear()
    for who, verdict, error in [
        (cy, Verdict("keep"), Forbidden),
        (bo, Verdict("remove"), Forbidden),
        (host, Verdict("ban", everywhere=True), Forbidden),
    ]:
        with pytest.raises(error):
            decide(by=who.pk, case_id=case.pk, verdict=verdict)
    assert Case.objects.get().state == "open"
    assert Message.objects.get().hidden_at is None
    assert (published, list(AuditRow.objects.all())) == ([], [])
    decide(by=host.pk, case_id=case.pk, verdict=Verdict("remove"))
    with pytest.raises(AlreadyDecided):
        decide(by=mod.pk, case_id=case.pk, verdict=Verdict("keep"))
    with pytest.raises(Forbidden):
        undo(by=mod.pk, case_id=case.pk)
    assert Message.objects.get().hidden_at is not None


def test_many_at_once_each_by_itself(show, ann, bo, mod) -> None:
    targets = [f"message:{say(f'show:{show.pk}', ann, str(n))['id']}" for n in range(3)]
    cases = [report(reporter_id=bo.pk, target=target, reason="spam").pk for target in targets]
    person = report(reporter_id=bo.pk, target=f"user:{ann.pk}", reason="spam").pk
    outcomes = decide_many(by=mod.pk, case_ids=[*cases, person, 10**9], verdict=Verdict("remove"))
    assert [type(one.error).__name__ if one.error else one.case.decision for one in outcomes] == [
        "remove",
        "remove",
        "remove",
        "Invalid",
        "NotFound",
    ]
    assert Message.objects.filter(hidden_at=None).count() == 0
    assert Invalid.code == outcomes[3].error.code


def test_whoever_is_muted_for_many_things_at_once_is_muted_and_told_once(show, ann, bo, mod, published) -> None:
    targets = [f"message:{say(f'show:{show.pk}', ann, str(n))['id']}" for n in range(3)]
    cases = [report(reporter_id=bo.pk, target=target, reason="spam").pk for target in targets]
    decide_many(by=mod.pk, case_ids=cases, verdict=Verdict("mute", secs=600))
    assert Sanction.objects.count() == published.types.count("sanction.added") == 1
    # It holds until the last of the decisions is taken back.
    for left, case_id in ((2, cases[0]), (1, cases[1]), (0, cases[2])):
        undo(by=mod.pk, case_id=case_id)
        assert (Sanction.objects.get().lifted_at is None) == (left > 0)
    # What is decided otherwise, or after that, is another one.
    decide(by=mod.pk, case_id=cases[0], verdict=Verdict("mute", secs=600))
    decide(by=mod.pk, case_id=cases[1], verdict=Verdict("mute", secs=900))
    assert Sanction.objects.count() == 3


def test_an_appeal_goes_to_somebody_else_and_is_decided_once(said, show, ann, bo, mod, other_mod, published) -> None:
    case = report(reporter_id=bo.pk, target=said, reason="spam")
    decide(by=mod.pk, case_id=case.pk, verdict=Verdict("mute", secs=600))
    sanction = Sanction.objects.get()
    with pytest.raises(NotFound):
        appeal(user_id=bo.pk, sanction_id=sanction.pk, text="not mine")
    given = appeal(user_id=ann.pk, sanction_id=sanction.pk, text="It was a joke.")
    with pytest.raises(AppealGiven):
        appeal(user_id=ann.pk, sanction_id=sanction.pk, text="Please.")
    with pytest.raises(NotYours):
        decide_appeal(by=mod.pk, appeal_id=given.pk, overturn=False)
    with pytest.raises(Forbidden):
        decide_appeal(by=ann.pk, appeal_id=given.pk, overturn=True)
    assert Appeal.objects.get().state == "open"
    published.clear()
    decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=True, answer="Fair enough.")
    assert [event.type for event in published] == [
        "sanction.lifted",
        "sanction.changed",
        "appeal.changed",
        "notice.added",
    ]
    assert published[1].wire()["sanction"]["appeal"] == "overturned"
    assert say(f"show:{show.pk}", ann, "thank you")["seq"] == 2
    with pytest.raises(AlreadyDecided):
        decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=False)


@pytest.mark.parametrize(("overturn", "word"), [(True, "overturned"), (False, "upheld")])
def test_who_appealed_is_told_once_how_it_was_decided(group, bo, mod, other_mod, overturn, word) -> None:
    scope = f"group:{group.pk}"
    sanction = add_sanction(by=mod.pk, user_id=bo.pk, scope=scope, kind="mute", reason="spam", secs=600)
    given = appeal(user_id=bo.pk, sanction_id=sanction.pk, text="It was a joke.")

    def happened() -> list[tuple[str, str, str, list[int]]]:
        found = Appeal.objects.select_related("sanction__user", "sanction__by", "decided_by")
        for _ in range(2):
            tell_appellant(AppealChanged(appeal=appeal_cards(found)[0]))
        return told(bo, "appeal")

    assert happened() == []
    decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=overturn, answer="We looked again.")
    # Nobody is named.
    assert happened() == [(f"sanction:{sanction.pk}", word, "We looked again.", [])]
    assert Notice.objects.get(kind="appeal").data["title"] == {"zh": "Tea friends", "en": "Tea friends"}
    assert not Notice.objects.filter(user__in=[mod, other_mod]).exists()


def test_a_decided_appeal_is_taken_back_while_it_is_fresh(group, bo, mod, other_mod, published, settings) -> None:
    channel = f"group:{group.pk}"
    said = say(channel, bo, "buy my stuff")
    held = add_sanction(
        by=mod.pk, user_id=bo.pk, scope=channel, kind="mute", reason="spam", secs=600, hides_earlier=True
    )
    ends_at = held.expires_at
    given = appeal(user_id=bo.pk, sanction_id=held.pk, text="It was a joke.")

    def state() -> tuple[str, bool, bool]:
        held.refresh_from_db()
        given.refresh_from_db()
        return given.state, held.lifted_at is None, Message.objects.get(pk=said["id"]).hidden_at is not None

    with pytest.raises(TooLateToUndo):
        undo_appeal(by=mod.pk, appeal_id=given.pk)
    for overturn in (True, False):
        decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=overturn, answer="We looked again.")
        assert published.types[-1] == "notice.added"
        decided = state()
        assert decided == (("overturned", False, False) if overturn else ("upheld", True, True))
        assert len(told(bo, "appeal")) == 1
        for error, by in ((Forbidden, mod), (Forbidden, make_user())):
            with pytest.raises(error):
                undo_appeal(by=by.pk, appeal_id=given.pk)
        assert state() == decided
        published.clear()
        undo_appeal(by=other_mod.pk, appeal_id=given.pk)
        assert (state(), given.answer, given.decided_by, held.expires_at) == (("open", True, True), "", None, ends_at)
        # With the line of having come.
        again = ["chat.hidden", "chat.hidden", "sanction.added", "restriction.changed"] if overturn else []
        undone = ["sanction.changed", "restriction.changed", "appeal.changed", "notice.removed"]
        assert published.types == [*again, *undone]
        assert told(bo, "appeal") == []
        with pytest.raises(TooLateToUndo):
            undo_appeal(by=other_mod.pk, appeal_id=given.pk)
    # What is late to be told is not told any more.
    late = AppealChanged(appeal=appeal_cards([decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=True)])[0])
    undo_appeal(by=other_mod.pk, appeal_id=given.pk)
    tell_appellant(late)
    assert told(bo, "appeal") == []
    decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=True)
    settings.MODERATION_UNDO_SECS = 0
    with pytest.raises(TooLateToUndo):
        undo_appeal(by=other_mod.pk, appeal_id=given.pk)
    assert state() == ("overturned", False, False)
    assert verify() is None


def test_what_was_over_before_its_appeal_was_decided_stays_so_when_that_is_taken_back(bo, mod, other_mod) -> None:
    held = add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind="mute", reason="spam", secs=600)
    given = appeal(user_id=bo.pk, sanction_id=held.pk, text="It was a joke.")
    lift_sanction(by=mod.pk, sanction_id=held.pk, why="Enough")
    decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=True)
    undo_appeal(by=other_mod.pk, appeal_id=given.pk)
    held.refresh_from_db()
    assert (held.lifted_why, held.lifted_by_id) == ("Enough", mod.pk)


def test_who_does_not_want_to_be_told_of_appeals_is_not(group, bo, mod, other_mod) -> None:
    switch(user_id=bo.pk, kind="appeal", on=False)
    sanction = add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind="mute", reason="spam", secs=600)
    given = appeal(user_id=bo.pk, sanction_id=sanction.pk, text="It was a joke.")
    decided = decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=False)
    tell_appellant(AppealChanged(appeal=appeal_cards([decided])[0]))
    assert told(bo, "appeal") == []


def test_the_time_to_the_first_action_is_the_median_of_the_cases_not_of_the_days(show, ann, bo, mod) -> None:
    """Three cases of today waited 10 s, one of yesterday 1,000 s and one still waits."""
    lines = [say(f"show:{show.pk}", ann, f"buy {number}")["id"] for number in range(5)]
    cases = [report(reporter_id=bo.pk, target=f"message:{id}", reason="spam").pk for id in lines]
    today, _ = bounds_of(localdate(), ZoneInfo("Asia/Shanghai"))
    for case_id, opened_at, secs in zip(
        cases, [today, today, today, today - timedelta(days=1)], [10, 10, 10, 1000], strict=False
    ):
        Case.objects.filter(pk=case_id).update(opened_at=opened_at, first_action_at=opened_at + timedelta(seconds=secs))
    figures = metrics(days=2)
    assert (figures["first_action_secs"], figures["acted"]) == (10, 4)
    assert [day["first_action_secs"] for day in figures["days"]] == [1000, 10]
    Case.objects.update(first_action_at=None)
    assert (metrics(days=2)["first_action_secs"], metrics(days=2)["acted"]) == (None, 0)


@pytest.mark.parametrize(
    ("clock", "today"),
    [
        # Both midnights: that of UTC is in the middle of the house's day.
        ("2026-11-03T15:59:59Z", "2026-11-03"),
        ("2026-11-03T16:00:00Z", "2026-11-04"),
        ("2026-11-03T23:59:59Z", "2026-11-04"),
        ("2026-11-04T00:00:00Z", "2026-11-04"),
    ],
)
def test_a_day_of_the_figures_is_one_of_the_house(show, ann, bo, mod, other_mod, monkeypatch, clock, today) -> None:
    at = datetime.fromisoformat(clock)
    monkeypatch.setattr(metrics_of_days, "now", lambda: at)
    case = report(reporter_id=bo.pk, target=f"message:{say(f'show:{show.pk}', ann, 'buy')['id']}", reason="spam")
    sanction = add_sanction(by=mod.pk, user_id=ann.pk, scope="site", kind="mute", reason="spam")
    given = appeal(user_id=ann.pk, sanction_id=sanction.pk, text="It was a joke.")
    decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=True)
    Case.objects.filter(pk=case.pk).update(opened_at=at, first_action_at=at + timedelta(seconds=9))
    Report.objects.update(at=at)
    Appeal.objects.update(at=at)
    counted = {"reports": 1, "cases": 1, "first_action_secs": 9, "appeals": 1, "overturned": 1}
    nothing = {"reports": 0, "cases": 0, "first_action_secs": None, "appeals": 0, "overturned": 0}
    yesterday = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
    assert metrics(days=2)["days"] == [{"day": yesterday, **nothing}, {"day": today, **counted}]
    first, _ = bounds_of(date.fromisoformat(yesterday), ZoneInfo("Asia/Shanghai"))
    Report.objects.update(at=first)
    assert [day["reports"] for day in metrics(days=2)["days"]] == [1, 0]
    Report.objects.update(at=first - timedelta(seconds=1))
    assert [day["reports"] for day in metrics(days=2)["days"]] == [0, 0]
