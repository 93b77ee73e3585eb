import os
import time
from datetime import timedelta

import pytest

from live.media import folder
from live.media.folder import FILE_NAME, Folder
from live.media.playlist import Segment, parse
from project.kernel.clock import now


def part(session, number):
    return Segment(name=f"{session}-{number}.m4s", init=f"{session}-init.mp4", seconds=1.0, at=now())


def test_a_second_process_continues_the_playlist(hls_root):
    first = Folder(7)
    one = first.begin_session()
    first.append([part(one, 0), part(one, 1)])
    second = Folder(7)
    second.append([part("bbbbbbbbbb", 0)])
    playlist = parse((hls_root / "7" / "index.m3u8").read_text())
    assert [segment.name for segment in playlist.segments] == [f"{one}-0.m4s", f"{one}-1.m4s", "bbbbbbbbbb-0.m4s"]
    assert [segment.is_break for segment in playlist.segments] == [False, False, True]


def test_a_broken_playlist_is_begun_anew(hls_root):
    (hls_root / "7").mkdir(parents=True)
    (hls_root / "7" / "index.m3u8").write_text("nothing like it\n")
    Folder(7).append([part("bbbbbbbbbb", 0)])
    assert len(parse((hls_root / "7" / "index.m3u8").read_text()).segments) == 1


def test_segments_go_a_while_after_they_left_the_playlist(hls_root):
    home = Folder(7)
    for name, age in (("aaaaaaaaaa-0.m4s", 120), ("aaaaaaaaaa-1.m4s", 5), ("bbbbbbbbbb-init.mp4", 120)):
        (hls_root / "7" / name).write_bytes(b"x")
        os.utime(hls_root / "7" / name, (time.time() - age,) * 2)
    home.append([part("bbbbbbbbbb", 0)])
    left = {path.name for path in (hls_root / "7").iterdir()}
    assert left == {"index.m3u8", "aaaaaaaaaa-1.m4s", "bbbbbbbbbb-init.mp4"}


def test_closing_ends_the_playlist_once(hls_root):
    folder.close(7)
    assert not (hls_root / "7").exists()
    Folder(7).append([part("bbbbbbbbbb", 0)])
    folder.close(7)
    folder.close(7)
    assert (hls_root / "7" / "index.m3u8").read_text().count("#EXT-X-ENDLIST") == 1


def test_folders_that_nobody_writes_to_are_found_and_removed(hls_root):
    for number in (7, 8):
        Folder(number)
    hour_ago = (now() - timedelta(hours=1)).timestamp()
    os.utime(hls_root / "7", (hour_ago, hour_ago))
    assert folder.unused_for(600) == [7]
    folder.remove(7)
    assert [path.name for path in hls_root.iterdir()] == ["8"]


@pytest.mark.parametrize(
    "name",
    ["index.m3u8", "1a209b92fc0-init.mp4", "1a209b92fc0-12.m4s"],
)
def test_names_of_ours(name):
    assert FILE_NAME.fullmatch(name)


@pytest.mark.parametrize(
    "name",
    ["..", "../7/index.m3u8", "index.m3u8\n", "1a209b92fc0.m3u8", "1a209b92fc0-12.m4s.tmp", "a-1.m4s", "%2e%2e", ""],
)
def test_names_of_others(name):
    assert not FILE_NAME.fullmatch(name)
