class RtmpError(Exception):
    """The peer broke the protocol or a limit. The text never repeats what the peer sent: it may hold a stream key."""
