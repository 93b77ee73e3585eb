from datetime import UTC, datetime

from live.media.health import Meter
from live.media.packager import picture_size
from live.media.rtmp import Tag, TagKind

CONNECTED = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def frame(timestamp, size=1000):
    return Tag(kind=TagKind.VIDEO, timestamp=timestamp, body=b"\x27\x01" + bytes(size - 2))


def measured(timestamps, *, lag=lambda timestamp: 0.0):
    meter = Meter(connected_at=CONNECTED)
    for timestamp in timestamps:
        meter.saw(frame(timestamp), at=100 + timestamp / 1000 + lag(timestamp))
    return meter


def test_an_even_stream():
    meter = measured(range(0, 4001, 40))
    meter.size, meter.segment_secs = (720, 1280), 1.0
    assert meter.read() == {
        "bitrate_kbps": 202,
        "fps": 25.0,
        "width": 720,
        "height": 1280,
        "dropped_frames": 0,
        "connected_at": "2026-11-23T18:00:00+00:00",
        "latency_ms": 1000,
    }


def test_nothing_yet():
    health = Meter(connected_at=CONNECTED).read()
    assert (health["bitrate_kbps"], health["fps"], health["width"], health["latency_ms"]) == (0, 0.0, None, 0)


def test_frames_that_were_left_out_are_counted():
    assert measured([0, 40, 80, 120, 240, 280, 440]).read()["dropped_frames"] == 2 + 3


def test_a_little_jitter_is_no_drop():
    assert measured([0, 33, 67, 100, 133, 150, 200, 233]).read()["dropped_frames"] == 0


def test_a_slow_uplink_shows_as_latency():
    assert measured(range(0, 2001, 40), lag=lambda timestamp: timestamp / 10_000).read()["latency_ms"] == 200


def test_the_picture_size_stands_in_the_sample_entry():
    entry = b"avc1" + bytes(24) + b"\x02\xd0\x05\x00" + bytes(50)
    assert picture_size(b"....stsd" + bytes(12) + entry) == (720, 1280)
    assert picture_size(b"....stsd" + bytes(12) + b"mp4a" + bytes(60)) is None
    assert picture_size(b"") is None
