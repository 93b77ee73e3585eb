import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtmp import RtmpError
from live.media.rtmp.chunks import ChunkReader, ChunkWriter, Message, MessageType, control

media = st.builds(
    Message,
    type_id=st.sampled_from([8, 9, 18, 20]),
    stream_id=st.integers(0, 2**32 - 1),
    timestamp=st.integers(0, 2**32 - 1),
    body=st.binary(max_size=700),
)
sizes = st.integers(1, 5000).map(lambda size: control(MessageType.SET_CHUNK_SIZE, size))


def pieces_of(wire, cuts):
    marks = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    return [wire[start:end] for start, end in zip(marks, marks[1:], strict=False)]


def read(wire, *, max_message=10_000):
    return list(ChunkReader(max_message=max_message).receive(wire))


@given(st.lists(media | sizes, max_size=12), st.lists(st.integers(0), max_size=30))
def test_what_was_written_is_read_however_the_bytes_arrive(messages, cuts):
    writer = ChunkWriter()
    wire = b"".join(writer.write(message) for message in messages)
    reader = ChunkReader(max_message=10_000)
    assert [message for piece in pieces_of(wire, cuts) for message in reader.receive(piece)] == messages


@given(st.binary(max_size=2000), st.lists(st.integers(0), max_size=10))
def test_garbage_raises_nothing_but_the_own_error(data, cuts):
    reader = ChunkReader(max_message=10_000)
    try:
        for piece in pieces_of(data, cuts):
            list(reader.receive(piece))
    except RtmpError:
        return
    assert len(reader._buffer) <= 10_000 + 18


def test_header_forms_0_to_3_carry_time_on():
    wire = (
        b"\x04\x00\x03\xe8\x00\x00\x02\x08\x01\x00\x00\x00aa"  # form 0: at 1000
        b"\x44\x00\x00\x17\x00\x00\x03\x08bbb"  # form 1: 23 later, 3 bytes
        b"\x84\x00\x00\x0accc"  # form 2: 10 later
        b"\xc4ddd"  # form 3: 10 later again
    )
    assert read(wire) == [
        Message(type_id=8, stream_id=1, timestamp=1000, body=b"aa"),
        Message(type_id=8, stream_id=1, timestamp=1023, body=b"bbb"),
        Message(type_id=8, stream_id=1, timestamp=1033, body=b"ccc"),
        Message(type_id=8, stream_id=1, timestamp=1043, body=b"ddd"),
    ]


def test_two_messages_interleave():
    video = b"\x06\x00\x00\x05\x00\x00\xc8\x09\x01\x00\x00\x00" + b"v" * 128
    audio = b"\x04\x00\x00\x06\x00\x00\x01\x08\x01\x00\x00\x00a"
    rest = b"\xc6" + b"v" * 72
    assert [(m.type_id, len(m.body)) for m in read(video + audio + rest)] == [(8, 1), (9, 200)]


def test_extended_timestamps_repeat_in_every_chunk():
    wire = b"\x06\xff\xff\xff\x00\x00\x81\x09\x01\x00\x00\x00\x01\x00\x00\x00" + b"v" * 128
    wire += b"\xc6\x01\x00\x00\x00v"
    assert read(wire) == [Message(type_id=9, stream_id=1, timestamp=0x01000000, body=b"v" * 129)]


def test_a_step_wraps_at_32_bits():
    wire = b"\x04\xff\xff\xff\x00\x00\x01\x08\x01\x00\x00\x00\xff\xff\xff\xf0a\x84\x00\x00\x20b"
    assert [message.timestamp for message in read(wire)] == [0xFFFFFFF0, 0x10]


def test_chunk_stream_numbers_of_two_and_three_bytes():
    head = b"\x00\x00\x00\x00\x00\x01\x08\x01\x00\x00\x00a"
    assert len(read(b"\x00\x05" + head + b"\x01\x05\x01" + head)) == 2


def test_an_abort_drops_what_is_unfinished():
    begun = b"\x06\x00\x00\x05\x00\x00\xc8\x09\x01\x00\x00\x00" + b"v" * 128
    abort = ChunkWriter().write(control(MessageType.ABORT, 6))
    again = b"\x06\x00\x00\x05\x00\x00\x01\x09\x01\x00\x00\x00w"
    assert [message.body for message in read(begun + abort + again)] == [b"\0\0\0\6", b"w"]


@pytest.mark.parametrize(
    "wire",
    [
        b"\x04\x00\x00\x00\x00\x30\x00\x08\x01\x00\x00\x00",
        b"\xc4",
        b"\x02\x00\x00\x00\x00\x00\x04\x01\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x02\x00\x00\x00\x00\x00\x02\x01\x00\x00\x00\x00\x00\x00",
        b"\x06\x00\x00\x05\x00\x00\xc8\x09\x01\x00\x00\x00"
        + b"v" * 128
        + b"\x06\x00\x00\x05\x00\x00\xc8\x09\x01\0\0\0",
        b"".join(bytes([n]) + b"\x00\x00\x00\x00\x00\x01\x08\x01\x00\x00\x00a" for n in range(2, 40)),
    ],
    ids=["too long", "continues nothing", "chunk size 0", "short control", "inside another", "too many streams"],
)
def test_limits_are_held(wire):
    with pytest.raises(RtmpError):
        read(wire)


def test_many_unfinished_messages_are_refused():
    begun = b"".join(bytes([n]) + b"\x00\x00\x00\x00\x27\x10\x09\x01\x00\x00\x00" + b"v" * 5000 for n in range(4, 10))
    wire = ChunkWriter().write(control(MessageType.SET_CHUNK_SIZE, 5000)) + begun
    with pytest.raises(RtmpError):
        read(wire)
