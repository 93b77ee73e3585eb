import asyncio
from contextlib import suppress

import pytest

from live.media import services
from live.media.demo import clip as clips
from live.media.demo.clip import FRAMES, Clip
from live.media.demo.poster import FPS, HEIGHT, WIDTH, Poster
from live.media.demo.stream import DemoStream, paced
from live.media.models import Stream
from live.media.playlist import parse
from live.media.rtmp import Tag, TagKind
from live.shows.models import Show
from project.kernel.database import database
from tests.support.factories import make_show


def video(timestamp, *, is_key=True):
    return Tag(kind=TagKind.VIDEO, timestamp=timestamp, body=b"\x17\x01v" if is_key else b"\x27\x01v")


def test_the_picture_moves_and_returns():
    poster = Poster()
    first = poster.frame(0)
    assert len(first) == WIDTH * HEIGHT * 3
    assert poster.frame(FRAMES) == first
    assert poster.frame(FPS) != first


def test_headers_and_what_lies_behind_the_seam_are_no_part_of_the_round():
    clip = Clip()
    header = Tag(kind=TagKind.AUDIO, timestamp=0, body=b"\xaf\x00hdr")
    for tag in (header, video(0), video(40, is_key=False), video(1000), video(60_000)):
        clip.add(tag)
    assert clip.headers == [header]
    assert [tag.timestamp for tag in clip.tags] == [0, 40, 1000]
    assert [clip.at_second(second) for second in (0, 1, 2)] == [0, 2, 0]


async def test_rounds_make_one_timeline():
    clip = Clip()
    for timestamp in range(0, 200, 40):
        clip.add(video(timestamp, is_key=timestamp == 0))
    clip.is_whole = True
    stream = paced(clip)
    times = [(await anext(stream)).timestamp for _ in range(14)]
    assert times == list(range(0, 14 * 40, 40))
    await stream.aclose()


@pytest.mark.django_db(transaction=True)
async def test_the_demo_streams_and_gives_way_to_a_host(ingest, hls_root, eventually, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    clip = Clip()
    await clips.encode(clip, frames=2 * FPS)
    assert clip.is_whole
    assert sum(tag.is_video_frame for tag in clip.tags) == 2 * FPS
    assert clips.load() is None

    show = await database(make_show, state=Show.State.LIVE)
    index = hls_root / str(show.pk) / "index.m3u8"
    running = asyncio.create_task(DemoStream(clip=clip, host="127.0.0.1", port=ingest.port).run())
    try:
        await eventually(lambda: index.exists() and len(parse(index.read_text()).segments) >= 3)
        assert not any(segment.is_break for segment in parse(index.read_text()).segments)
        issued = await database(services.rotate_key, show=show)

        async def is_free():
            stream = await database(Stream.objects.get, show=show)
            return stream.publisher == "" and stream.key_hash == services.hash_of(issued.key)

        await eventually(is_free)
        await asyncio.sleep(2.5)  # longer than it waits before it tries again
        assert await is_free()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_whole_minute_is_kept_and_loaded(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    clip = Clip()
    header = Tag(kind=TagKind.VIDEO, timestamp=0, body=b"\x17\x00hdr")
    for tag in (header, video(0), video(40, is_key=False)):
        clip.add(tag)
    clips._keep(clip)
    loaded = clips.load()
    assert loaded is not None
    assert (loaded.headers, loaded.tags, loaded.is_whole) == ([header], clip.tags, True)
