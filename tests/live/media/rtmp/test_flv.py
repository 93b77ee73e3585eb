import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtmp import FlvReader, RtmpError, Tag, TagKind, file_header

tags = st.builds(
    Tag,
    kind=st.sampled_from(TagKind),
    timestamp=st.integers(0, 2**32 - 1),
    body=st.binary(max_size=300),
)


@given(st.lists(tags, max_size=8), st.integers(1, 50))
def test_what_was_written_is_read_however_the_bytes_arrive(written, size):
    wire = file_header(audio=True, video=True) + b"".join(tag.as_bytes() for tag in written)
    reader = FlvReader()
    assert [t for at in range(0, len(wire), size) for t in reader.receive(wire[at : at + size])] == written


def test_another_file_is_refused():
    with pytest.raises(RtmpError):
        list(FlvReader().receive(b"\x00\x00\x00\x18ftypmp42 and so on"))


@pytest.mark.parametrize(
    ("body", "is_frame", "is_header"),
    [
        (b"\x17\x00", False, True),
        (b"\x17\x01", True, False),
        (b"\x27\x01", True, False),
        (b"\x17\x02", False, False),
        (b"\x90hvc1", False, True),
        (b"\x91hvc1", True, False),
        (b"\xa3hvc1", True, False),
        (b"", False, False),
    ],
)
def test_pictures_are_told_from_headers(body, is_frame, is_header):
    tag = Tag(kind=TagKind.VIDEO, timestamp=0, body=body)
    assert (tag.is_video_frame, tag.is_codec_header) == (is_frame, is_header)
