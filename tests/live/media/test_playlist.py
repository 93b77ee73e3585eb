from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.playlist import MIN_SEGMENTS, WINDOW_SECS, Playlist, Segment, parse

START = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def part(number, *, session="aaaaaaaaaa", seconds=1.0, at=None):
    return Segment(
        name=f"{session}-{number}.m4s",
        init=f"{session}-init.mp4",
        seconds=seconds,
        at=at or START + timedelta(seconds=number),
    )


def test_a_playlist_as_players_read_it():
    playlist = Playlist()
    playlist.append([part(0), part(1, seconds=1.2)])
    playlist.append([part(0, session="bbbbbbbbbb", at=START + timedelta(seconds=9))])
    assert playlist.render() == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:1\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="aaaaaaaaaa-init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-23T18:00:00.000Z\n"
        "#EXTINF:1.000000,\n"
        "aaaaaaaaaa-0.m4s\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-23T18:00:01.000Z\n"
        "#EXTINF:1.200000,\n"
        "aaaaaaaaaa-1.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        '#EXT-X-MAP:URI="bbbbbbbbbb-init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-23T18:00:09.000Z\n"
        "#EXTINF:1.000000,\n"
        "bbbbbbbbbb-0.m4s\n"
    )


def test_the_window_moves_and_counts_what_has_left():
    playlist = Playlist()
    playlist.append([part(number) for number in range(10)])
    playlist.append([part(number, session="bbbbbbbbbb") for number in range(30)])
    assert [segment.name for segment in playlist.segments] == [f"bbbbbbbbbb-{n}.m4s" for n in range(18, 30)]
    assert (playlist.first_number, playlist.breaks_before) == (28, 1)
    assert "#EXT-X-DISCONTINUITY\n" not in playlist.render()


def test_long_segments_leave_enough_of_them():
    playlist = Playlist()
    playlist.append([part(number, seconds=8) for number in range(20)])
    assert len(playlist.segments) == MIN_SEGMENTS
    assert playlist.target_secs == 8


def test_what_is_old_is_not_offered_after_a_long_absence():
    playlist = Playlist()
    playlist.append([part(0), part(1)])
    playlist.begin_session(at=START + timedelta(seconds=60))
    playlist.append([part(0, session="bbbbbbbbbb")])
    assert [(segment.name, segment.is_break) for segment in playlist.segments] == [("bbbbbbbbbb-0.m4s", True)]
    assert playlist.first_number == 2


def test_what_is_fresh_stays_after_a_short_absence():
    playlist = Playlist()
    playlist.append([part(0), part(1)])
    playlist.begin_session(at=START + timedelta(seconds=20))
    assert len(playlist.segments) == 2


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 40)), max_size=40), st.booleans())
def test_a_playlist_that_was_written_is_read_back(steps, is_ended):
    playlist = Playlist(is_ended=is_ended)
    for number, (session, tenths) in enumerate(steps):
        playlist.append([part(number, session=session * 10, seconds=tenths / 10)])
    assert parse(playlist.render()) == playlist
    assert playlist.first_number + len(playlist.segments) == len(steps)
    assert sum(segment.seconds for segment in list(playlist.segments)[1:]) < max(WINDOW_SECS, 4 * MIN_SEGMENTS)


@pytest.mark.parametrize("text", ["#EXTINF:x,", "a.m4s", "#EXT-X-MEDIA-SEQUENCE:", "#EXT-X-PROGRAM-DATE-TIME:now"])
def test_another_text_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        parse(text)
