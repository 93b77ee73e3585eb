from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtmp import RtmpError, amf0

values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=20,
)


def depth(value):
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 0


@given(st.lists(values.filter(lambda value: depth(value) <= amf0.MAX_DEPTH), max_size=5))
def test_what_was_encoded_is_decoded(given_values):
    assert amf0.decode(amf0.encode(*given_values)) == given_values


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_but_the_own_error(data):
    with suppress(RtmpError):
        amf0.decode(data)


def test_a_command_as_ffmpeg_sends_it():
    wire = (
        b"\x02\x00\x07connect\x00\x3f\xf0\x00\x00\x00\x00\x00\x00"
        b"\x03\x00\x03app\x02\x00\x04live\x00\x04type\x02\x00\x0anonprivate\x00\x00\x09"
    )
    assert amf0.decode(wire) == ["connect", 1.0, {"app": "live", "type": "nonprivate"}]


def test_an_ecma_array_with_a_wrong_count():
    wire = b"\x08\x00\x00\x00\x63" + b"\x00\x05width\x00\x40\x86\x80\x00\x00\x00\x00\x00" + b"\x00\x00\x09"
    assert amf0.decode(wire) == [{"width": 720.0}]


@pytest.mark.parametrize(
    "wire",
    [
        b"\x0a\x00\x00\x00\x01" * 20,
        b"\x0a\xff\xff\xff\xff" + b"\x05" * 4000,
        b"\x02\xff\xff",
        b"\x11",
        b"\x03\x00\x01a",
    ],
    ids=["deep", "long", "cut", "AMF 3", "open object"],
)
def test_limits_and_cuts_are_refused(wire):
    with pytest.raises(RtmpError):
        amf0.decode(wire)
