"""What a process knows by heart is as new as what it was told of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from community.moderation import known
from community.moderation.models import Revision
from community.moderation.selectors.standing import still_welcome
from community.moderation.services.sanctions import add_sanction, lift_sanction
from project.realtime.topics import Caller

pytestmark = pytest.mark.django_db


class Probe(known.Known[str]):
    """Knows the stamp itself; somebody changes something while it is read for the first time."""

    def __init__(self) -> None:
        self.reads = 0
        super().__init__("probe", self._stamp)

    def _stamp(self) -> str:
        self.reads += 1
        if self.reads == 1:
            known.expire()
        return str(Revision.objects.values_list("stamp", flat=True).get(name="probe"))


@pytest.fixture
def probe() -> Iterator[Probe]:
    Revision.objects.create(name="probe", stamp="one")
    made = Probe()
    yield made
    known._all.remove(made)


def test_what_changes_while_one_looks_is_looked_at_again(probe) -> None:
    known.look()
    Revision.objects.filter(name="probe").update(stamp="two")
    assert probe.get() == "two"
    assert [probe.get() for _ in range(3)] == ["two"] * 3
    assert probe.reads == 2


def test_after_a_silence_the_banned_are_found_without_an_order(show, mod, ann, bo) -> None:
    callers = {Caller(user_id=ann.pk, session_id="a"), Caller(user_id=bo.pk, session_id="b"), Caller()}
    guest_and_bo = {caller for caller in callers if caller.user_id != ann.pk}
    add_sanction(by=mod.pk, user_id=ann.pk, scope=f"show:{show.pk}", kind="ban", reason="spam")
    assert still_welcome(callers) == callers
    sanction = add_sanction(by=mod.pk, user_id=ann.pk, scope="site", kind="ban", reason="spam")
    assert still_welcome(callers) == guest_and_bo
    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    assert still_welcome(callers) == callers
