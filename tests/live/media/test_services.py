from datetime import timedelta

import pytest

from live.media import services
from live.media.errors import AlreadyPublishing, KeyUnknown
from live.media.events import StreamChanged, StreamMeasured
from live.media.models import Stream
from live.media.selectors import playback_of
from live.shows.models import Show
from project.kernel.clock import now
from project.kernel.errors import Conflict
from tests.support.factories import make_show

pytestmark = pytest.mark.django_db


@pytest.fixture
def show():
    return make_show()


@pytest.fixture
def key(show):
    return services.rotate_key(show=show).key


def stream_of(show):
    return Stream.objects.get(show=show)


def away_for(show, secs):
    Stream.objects.filter(show=show).update(last_seen_at=now() - timedelta(seconds=secs))


def test_of_a_key_only_hash_and_hint_are_kept(show):
    issued = services.rotate_key(show=show)
    stream = stream_of(show)
    assert len(issued.key) == 22
    assert (stream.key_hash, stream.key_hint) == (services.hash_of(issued.key), issued.key[-4:])
    assert issued.key not in repr(issued)
    assert issued.key not in str(Stream.objects.values().get())


def test_a_show_that_is_over_gets_no_key():
    show = make_show(state=Show.State.ENDED)
    with pytest.raises(Conflict):
        services.rotate_key(show=show)
    assert not Stream.objects.exists()


def test_one_publisher_holds_the_key(show, key):
    lease = services.publisher_connected(key=key, publisher="first")
    assert (lease.show_id, key in repr(lease)) == (show.pk, False)
    with pytest.raises(AlreadyPublishing):
        services.publisher_connected(key=key, publisher="second")
    assert stream_of(show).publisher == "first"


def test_a_publisher_that_died_without_a_word_loses_the_key(show, key):
    lease = services.publisher_connected(key=key, publisher="first")
    away_for(show, 11)
    services.publisher_connected(key=key, publisher="second")
    assert services.publisher_seen(lease=lease, health=None) is False
    services.publisher_gone(lease=lease)
    assert stream_of(show).publisher == "second"


@pytest.mark.parametrize("wrong", ["", "wrong"])
def test_an_unknown_key_is_refused(show, key, wrong):
    # A show without a key has an empty hash: an empty key must not fit it.
    Stream.objects.create(show=make_show())
    with pytest.raises(KeyUnknown):
        services.publisher_connected(key=wrong, publisher="p")
    assert not Stream.objects.exclude(publisher="").exists()


def test_leases_are_lost_with_the_key_and_with_the_show(show, key):
    other, third = make_show(), make_show()
    leases = [
        services.publisher_connected(key=one, publisher="p")
        for one in (key, services.rotate_key(show=other).key, services.rotate_key(show=third).key)
    ]
    assert services.leases_lost(leases) == []
    services.rotate_key(show=show)
    Show.objects.filter(pk=third.pk).update(state=Show.State.ENDED)
    assert services.leases_lost(leases) == [leases[0], leases[2]]


def test_playback_begins_and_ends_once(show, key, published):
    lease = services.publisher_connected(key=key, publisher="p")
    assert playback_of(show.pk) == {"url": None, "live": False, "version": 0}
    assert services.begin_playback(show_ids=[show.pk]) == [show.pk]
    assert services.begin_playback(show_ids=[show.pk]) == []
    watched = {"url": f"/media/live/{show.pk}/index.m3u8", "live": True, "version": 1}
    assert playback_of(show.pk) == watched
    services.publisher_gone(lease=lease)
    assert services.end_stale_playback() == []
    away_for(show, 9)
    assert services.end_stale_playback() == [show.pk]
    assert services.end_stale_playback() == []
    assert playback_of(show.pk) == {"url": None, "live": False, "version": 2}
    assert [(event.playback, event.version) for event in published.of(StreamChanged)] == [
        (watched, 1),
        ({"url": None, "live": False, "version": 2}, 2),
    ]


def test_a_rehearsal_is_no_playback(published):
    show = make_show(state=Show.State.SCHEDULED)
    services.publisher_connected(key=services.rotate_key(show=show).key, publisher="p")
    assert services.begin_playback(show_ids=[show.pk]) == []
    assert published == []


def test_nobody_is_promised_a_picture_that_no_one_looks_after(show, key):
    services.publisher_connected(key=key, publisher="p")
    services.begin_playback(show_ids=[show.pk])
    away_for(show, 17)
    assert playback_of(show.pk) == {"url": None, "live": False, "version": 1}


def test_the_snapshot_and_the_events_agree(show, key, published):
    before = playback_of(show.pk)
    services.publisher_connected(key=key, publisher="p")
    services.begin_playback(show_ids=[show.pk])
    newest = max(published.of(StreamChanged), key=lambda event: event.version)
    assert before != newest.playback
    assert newest.playback == playback_of(show.pk)


def test_what_was_measured_is_told_to_the_studio(show, key, published):
    lease = services.publisher_connected(key=key, publisher="p")
    health = {"bitrate_kbps": 900, "fps": 25.0, "width": 720, "height": 1280, "dropped_frames": 0}
    assert services.publisher_seen(lease=lease, health=health) is True
    (event,) = published.of(StreamMeasured)
    assert event.channels() == [f"studio:{show.pk}"]
    assert event.wire() == {"type": "stream.measured", "at": event.at, "health": health}
    assert event.durable is False
    assert services.state_of(show=show)["health"] == health
