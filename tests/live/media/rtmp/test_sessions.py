from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtmp import ClientSession, PublishRequested, RtmpError, ServerSession, Tag, TagKind, Unpublished
from live.media.rtmp.chunks import ChunkWriter, Message, MessageType

KEY = "a-stream-key"


def talk(client, server):
    """Carry bytes between the two until both are silent; what the server saw."""
    seen = []
    while True:
        up, down = client.outgoing(), server.outgoing()
        if not up and not down:
            return seen
        seen += server.receive(up)
        client.receive(down)


def connected():
    client, server = ClientSession(app="live", url="rtmp://localhost/live", key=KEY), ServerSession()
    assert talk(client, server) == [PublishRequested("live", KEY)]
    return client, server


def publishing():
    client, server = connected()
    server.accept()
    assert talk(client, server) == []
    assert client.is_publishing
    assert server.is_publishing
    return client, server


def test_tags_arrive_as_they_were_sent():
    client, server = publishing()
    tags = [
        Tag(kind=TagKind.SCRIPT, timestamp=0, body=b"\x02\x00\x0aonMetaData\x05"),
        Tag(kind=TagKind.VIDEO, timestamp=40, body=b"\x17\x01" + b"v" * 40_000),
        Tag(kind=TagKind.AUDIO, timestamp=0xFFFFFFFF, body=b"\xaf\x01a"),
    ]
    for tag in tags:
        client.send(tag)
    assert talk(client, server) == tags


def test_a_refusal_tells_why():
    client, server = connected()
    server.refuse(code="NetStream.Publish.BadName", description="Busy")
    talk(client, server)
    assert client.refusal == "NetStream.Publish.BadName"
    assert not server.is_publishing


def test_a_publisher_says_goodbye():
    client, server = publishing()
    client.close()
    assert talk(client, server) == [Unpublished()]


def test_media_before_the_key_was_accepted_is_not_taken():
    client, server = connected()
    client.send(Tag(kind=TagKind.VIDEO, timestamp=0, body=b"\x17\x01v"))
    assert talk(client, server) == []


def test_before_the_key_was_accepted_a_message_is_small():
    client, server = connected()
    client.send(Tag(kind=TagKind.VIDEO, timestamp=0, body=bytes(100_000)))
    with pytest.raises(RtmpError):
        talk(client, server)


def test_received_bytes_are_acknowledged():
    client, server = publishing()
    client.send(Tag(kind=TagKind.VIDEO, timestamp=0, body=bytes(3_000_000)))
    list(server.receive(client.outgoing()))
    assert server.outgoing()[7] == MessageType.ACKNOWLEDGEMENT


def test_the_key_is_not_shown():
    assert KEY not in repr(PublishRequested("live", KEY))


def test_a_publish_name_loses_its_query():
    client, server = ClientSession(app="live/", url="", key="k?token=1"), ServerSession()
    assert talk(client, server) == [PublishRequested("live", "k")]


def test_play_is_refused():
    client, server = publishing()
    play = Message(type_id=MessageType.COMMAND_AMF0, body=b"\x02\x00\x04play\x00" + bytes(8))
    with pytest.raises(RtmpError):
        list(server.receive(ChunkWriter().write(play)))


@given(st.binary(max_size=4000), st.booleans())
def test_garbage_raises_nothing_but_the_own_error(data, after_handshake):
    server = ServerSession()
    if after_handshake:
        list(server.receive(b"\x03" + bytes(3072)))
    with suppress(RtmpError):
        list(server.receive(data))


@given(st.lists(st.integers(0), max_size=40), st.data())
def test_a_damaged_conversation_raises_nothing_but_the_own_error(cuts, data):
    client, server = publishing()
    for timestamp in range(3):
        client.send(Tag(kind=TagKind.VIDEO, timestamp=timestamp, body=b"\x17\x01" + bytes(300)))
    wire = bytearray(client.outgoing())
    for _ in range(data.draw(st.integers(1, 5))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    try:
        list(server.receive(bytes(wire)))
    except RtmpError:
        return
