"""What follows from a sanction: open sockets close, and the person finds it in the inbox; and from a decision: whoever
reported it, or appealed, is told. And what waits is counted.
"""

from django.db import transaction

from community.moderation.cards import SanctionCard
from community.moderation.events import AppealChanged, CaseChanged, HeldChanged, HeldCounted, SanctionAdded
from community.moderation.models import Appeal, Case, Decision, HeldTally, Report
from community.moderation.models.sanctions import SITE
from community.moderation.selectors.cases import held_count
from community.notices.cards import NoticeTitle
from community.notices.content import Content
from community.notices.services import notify, retract_each
from project.kernel import rows
from project.kernel.clock import now_ms
from project.realtime import control
from project.realtime.codes import BANNED
from project.realtime.outbox import publish_on_commit


def close_doors(added: SanctionAdded) -> None:
    """A ban from the site ends all connections, one from a channel, or a kick, the subscriptions there.

    Raises RedisError.
    """
    sanction = added.sanction
    over = sanction["expires_at"] is not None and sanction["expires_at"] <= now_ms()
    if sanction["kind"] not in ("ban", "kick") or over:
        return
    if sanction["scope"] != SITE:
        control.push_out(user_id=added.user_to, channel=sanction["scope"])
    elif sanction["kind"] == "ban":
        control.end_connections(user_id=added.user_to, code=BANNED)


def tell_person(added: SanctionAdded) -> None:
    sanction = added.sanction
    if sanction["kind"] == "shadow_mute":
        return
    notify(
        user_ids=[added.user_to],
        kind="sanction",
        key=f"sanction:{sanction['id']}",
        content=Content(
            people=[],
            about=f"sanction:{sanction['id']}",
            title=_title(sanction),
            text=sanction["rule"],
            word=sanction["kind"],
            until=sanction["expires_at"],
        ),
    )


def _title(sanction: SanctionCard) -> NoticeTitle | None:
    place = sanction["place"]
    return {"zh": place, "en": place} if place else None


@transaction.atomic
def tell_appellant(changed: AppealChanged) -> None:
    """How it was decided, and the answer; never by whom. No more of it where the decision was undone."""
    person_id, key = changed.appeal["sanction"]["user"]["id"], f"appeal:{changed.appeal['id']}"
    # As it is now: this may run after the decision was undone, which waits for the lock.
    appeal = Appeal.objects.select_for_update().filter(pk=changed.appeal["id"]).first()
    if appeal is None or appeal.version != changed.appeal["version"]:
        return
    if appeal.state == Appeal.State.OPEN:
        retract_each(user_ids=[person_id], key=key)
        return
    notify(
        user_ids=[person_id],
        kind="appeal",
        key=key,
        content=Content(
            people=[],
            about=f"sanction:{appeal.sanction_id}",
            title=_title(changed.appeal["sanction"]),
            text=appeal.answer,
            word=appeal.state,
        ),
    )


@transaction.atomic
def count_held(_: HeldChanged) -> None:
    """After the commit, and one after another: a transaction does not see what those beside it do."""
    [tally] = rows.locked(HeldTally, [1]).values()
    tally.version += 1
    tally.save(update_fields=["version"])
    publish_on_commit(HeldCounted(count=held_count(), version=tally.version))


@transaction.atomic
def tell_reporters(changed: CaseChanged) -> None:
    """Those who reported it find in their inboxes whether something was done, once a decision, and never to whom or
    what; no more of it where the decision was undone.
    """
    case_id = changed.case["id"]
    if not Decision.objects.filter(case=case_id).exists():
        return
    # As it is now: this may run after the decision was undone, which waits for the lock.
    Case.objects.select_for_update().get(pk=case_id)
    reporters = list(Report.objects.filter(case=case_id).order_by("reporter").values_list("reporter_id", flat=True))
    for decision in Decision.objects.filter(case=case_id).order_by("pk"):
        key = f"report:{case_id}/{decision.pk}"
        if decision.undone_at is not None:
            retract_each(user_ids=reporters, key=key)
            continue
        others = [user_id for user_id in reporters if user_id != decision.by_id]
        word = "nothing" if decision.action == "keep" else "acted"
        notify(
            user_ids=others, kind="report", key=key, content=Content(people=[], about=f"report:{case_id}", word=word)
        )
