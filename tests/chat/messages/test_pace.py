from chat.messages import pace
from chat.messages.pace import Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_fills_up_again() -> None:
    clock = Clock()
    five = Pace(burst=5, secs=3, clock=clock)
    assert [five.allows("ann") for _ in range(6)] == [True] * 5 + [False]
    clock.now += 0.7
    assert [five.allows("ann") for _ in range(2)] == [True, False]
    clock.now += 60
    assert [five.allows("ann") for _ in range(6)] == [True] * 5 + [False]


def test_nobody_pays_for_another() -> None:
    one = Pace(burst=1, secs=3, clock=Clock())
    assert [one.allows("ann"), one.allows("ann"), one.allows("bo")] == [True, False, True]


def test_full_buckets_are_forgotten(monkeypatch) -> None:
    monkeypatch.setattr(pace, "MANY_BUCKETS", 3)
    clock = Clock()
    one = Pace(burst=1, secs=1, clock=clock)
    for who in range(3):
        one.allows(who)
    clock.now += 1
    one.allows(3)
    assert set(one._buckets) == {3}
    assert not one.allows(3)
