"""Real publishers, the real listener, real ffmpeg."""

import asyncio
import logging
import re
import subprocess
from collections import Counter
from itertools import groupby
from types import SimpleNamespace

import pytest

from live.media import services
from live.media.events import StreamChanged
from live.media.ffmpeg import ffmpeg
from live.media.models import Stream
from live.media.playlist import parse
from live.media.selectors import playback_of
from live.shows.models import Show
from project.kernel.database import database
from tests.support.factories import make_show

pytestmark = pytest.mark.django_db(transaction=True)


def show_with_key(**fields):
    show = make_show(**fields)
    return SimpleNamespace(id=show.pk, key=services.rotate_key(show=show).key, row=show)


@pytest.fixture
async def show(hls_root):
    made = await database(show_with_key)
    made.index = hls_root / str(made.id) / "index.m3u8"
    made.playlist = lambda: parse(made.index.read_text()) if made.index.exists() else parse("")
    made.stream = lambda: database(Stream.objects.get, show_id=made.id)
    return made


@pytest.fixture
def segments(show, eventually):
    async def wait(count, **options):
        await eventually(lambda: show.playlist().first_number + len(show.playlist().segments) >= count, **options)
        return list(show.playlist().segments)

    return wait


def decode(show, playlist):
    """Decode all that a playlist offers, session by session as a player does: frames of picture and of sound."""
    pictures = sounds = 0
    for init, group in groupby(playlist.segments, key=lambda segment: segment.init):
        file = b"".join(show.index.with_name(name).read_bytes() for name in [init, *(part.name for part in group)])
        done = subprocess.run(
            [ffmpeg(), "-v", "error", "-xerror", "-i", "-", "-map", "0:v?", "-map", "0:a?", "-f", "framecrc", "-"],
            input=file,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        kinds = dict(re.findall(r"#media_type (\d): (\w+)", done.stdout.decode()))
        frames = Counter(kinds.get(line[:1].decode()) for line in done.stdout.splitlines())
        pictures, sounds = pictures + frames["video"], sounds + frames["audio"]
    return pictures, sounds


async def test_what_is_published_can_be_watched(show, publish, clip, segments, published, eventually):
    await publish(clip, show.key)
    listed = await segments(3)
    assert all(segment.seconds == 1.0 for segment in listed)
    playlist = show.playlist()
    pictures, sounds = await asyncio.to_thread(decode, show, playlist)
    assert pictures == 25 * len(playlist.segments)
    assert sounds > 40 * len(listed)

    await eventually(lambda: published.of(StreamChanged))
    url = f"/media/live/{show.id}/index.m3u8"
    assert await database(playback_of, show.id) == {"url": url, "live": True, "version": 1}
    (event,) = published.of(StreamChanged)
    assert event.channels() == [f"show:{show.id}"]
    assert (event.playback, event.version) == ({"url": url, "live": True, "version": 1}, 1)


async def test_health_is_measured(show, publish, clip, eventually):
    await publish(clip, show.key)

    async def measured():
        state = await database(services.state_of, show=show.row)
        return state["health"] and state["health"]["width"] and state

    state = await eventually(measured)
    health = state["health"]
    assert state["state"] == "live"
    assert (health["width"], health["height"], health["dropped_frames"]) == (192, 336, 0)
    assert 20 <= health["fps"] <= 30
    assert 50 < health["bitrate_kbps"] < 1000
    assert health["latency_ms"] >= 1000


async def test_a_wrong_key_is_refused(show, publish, clip, published):
    publisher = await publish(clip, "not-the-key")
    assert await publisher.ended() != 0
    assert not show.index.exists()
    assert (await show.stream()).publisher == ""
    assert published == []


async def test_another_application_name_is_refused(show, publish, clip):
    publisher = await publish(clip, show.key, app="vod")
    assert await publisher.ended() != 0
    assert not show.index.exists()


async def test_a_show_that_is_over_takes_no_publisher(show, publish, clip):
    await database(Show.objects.filter(pk=show.id).update, state=Show.State.ENDED)
    assert await (await publish(clip, show.key)).ended() != 0
    assert not show.index.exists()


async def test_a_second_publisher_is_refused_and_the_first_goes_on(show, publish, clip, segments):
    await publish(clip, show.key)
    await segments(1)
    holder = (await show.stream()).publisher
    second = await publish(clip, show.key)
    assert await second.ended() != 0
    await segments(4)
    assert (await show.stream()).publisher == holder
    assert not any(segment.is_break for segment in show.playlist().segments)


async def test_who_drops_and_returns_continues_the_playlist(show, publish, clip, segments, published, eventually):
    first = await publish(clip, show.key)
    before = await segments(2)
    await first.stop()
    await eventually(lambda: _is_free(show))
    count = len(show.playlist().segments)
    second = await publish(clip, show.key)
    await segments(count + 2)
    playlist = show.playlist()
    after = [segment for segment in playlist.segments if segment.init != before[0].init]
    assert playlist.first_number == 0
    assert [segment.is_break for segment in playlist.segments] == [False] * count + [True] + [False] * (len(after) - 1)
    assert after[0].at >= before[-1].at
    pictures, _ = await asyncio.to_thread(decode, show, playlist)
    assert pictures == round(25 * sum(segment.seconds for segment in playlist.segments))
    await second.stop()
    # The picture was away for less than the grace: viewers were told once that there is one.
    assert [event.playback["live"] for event in published.of(StreamChanged)] == [True]


async def _is_free(show):
    return (await show.stream()).publisher == ""


async def test_a_new_key_cuts_who_publishes_with_the_old_one(show, publish, clip, segments, eventually):
    publisher = await publish(clip, show.key)
    await segments(1)
    issued = await database(services.rotate_key, show=show.row)
    assert await publisher.ended(within=10) != 0
    await eventually(lambda: _is_free(show))
    assert await (await publish(clip, show.key)).ended() != 0
    count = len(show.playlist().segments)
    await publish(clip, issued.key)
    await segments(count + 1)


async def test_the_end_of_the_show_cuts_the_publisher_and_closes_the_playlist(
    show, publish, clip, segments, published, eventually
):
    publisher = await publish(clip, show.key)
    await segments(1)
    await eventually(lambda: published.of(StreamChanged))
    await database(Show.objects.filter(pk=show.id).update, state=Show.State.ENDED)
    assert await publisher.ended(within=10) != 0
    await eventually(lambda: show.playlist().is_ended)
    await eventually(lambda: len(published.of(StreamChanged)) == 2)
    event = published.of(StreamChanged)[-1]
    assert (event.playback, event.version) == ({"url": None, "live": False, "version": 2}, 2)


async def test_a_rehearsal_is_announced_once_the_show_is_live(publish, clip, published, eventually, hls_root):
    show = await database(show_with_key, state=Show.State.SCHEDULED)
    await publish(clip, show.key)
    await eventually((hls_root / str(show.id) / "index.m3u8").exists)
    assert await database(playback_of, show.id) == {"url": None, "live": False, "version": 0}
    assert published.of(StreamChanged) == []
    await database(Show.objects.filter(pk=show.id).update, state=Show.State.LIVE)
    await eventually(lambda: published.of(StreamChanged))
    assert (await database(playback_of, show.id))["live"]


async def test_a_picture_that_stays_away_is_announced(
    show, publish, clip, segments, published, eventually, monkeypatch
):
    monkeypatch.setattr(services.end_stale_playback, "__kwdefaults__", {"grace_secs": 2.0})
    publisher = await publish(clip, show.key)
    await segments(1)
    await eventually(lambda: published.of(StreamChanged))
    await publisher.stop()
    await eventually(lambda: len(published.of(StreamChanged)) == 2)
    assert await database(playback_of, show.id) == {"url": None, "live": False, "version": 2}
    assert not show.playlist().is_ended


async def test_picture_without_sound(show, publish, silent_clip, segments):
    await publish(silent_clip, show.key)
    await segments(2)
    pictures, sounds = await asyncio.to_thread(decode, show, show.playlist())
    assert (pictures >= 50, sounds) == (True, 0)


async def test_sound_without_picture(show, publish, sound_clip, segments):
    await publish(sound_clip, show.key)
    await segments(2)
    pictures, sounds = await asyncio.to_thread(decode, show, show.playlist())
    assert (pictures, sounds > 60) == (0, True)


async def test_the_key_is_in_no_log_and_no_path(show, publish, clip, segments, caplog, hls_root, eventually):
    caplog.set_level(logging.DEBUG)
    publisher = await publish(clip, show.key)
    await segments(1)
    await (await publish(clip, show.key)).ended()
    await publisher.stop()
    await eventually(lambda: _is_free(show))
    stream = await show.stream()
    assert f"show {show.id}: publishing" in caplog.text
    assert show.key not in caplog.text
    assert stream.key_hash not in caplog.text
    for path in hls_root.rglob("*"):
        assert show.key not in str(path)
        assert path.is_dir() or show.key.encode() not in path.read_bytes()


async def test_silence_is_cut_off(ingest, monkeypatch):
    monkeypatch.setattr("live.media.ingest.HANDSHAKE_SECS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", ingest.port)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_a_publisher_that_falls_silent_frees_the_key(show, ingest, eventually, monkeypatch):
    from live.media.rtmp import ClientSession

    monkeypatch.setattr("live.media.ingest.IDLE_SECS", 2.0)
    session = ClientSession(app="live", url="", key=show.key)
    reader, writer = await asyncio.open_connection("127.0.0.1", ingest.port)
    writer.write(session.outgoing())
    while not session.is_publishing:
        session.receive(await reader.read(4096))
        writer.write(session.outgoing())
    assert (await show.stream()).publisher
    assert await asyncio.wait_for(reader.read(), 5) == b""
    await eventually(lambda: _is_free(show))
    writer.close()


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x03" + bytes(3072) + b"\xff" * 64])
async def test_garbage_hurts_nobody_else(show, ingest, publish, clip, segments, garbage):
    reader, writer = await asyncio.open_connection("127.0.0.1", ingest.port)
    writer.write(garbage)
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await publish(clip, show.key)
    await segments(1)
