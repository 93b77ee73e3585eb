"""What a demo room shows: a lantern in a dial, drawn here, streamed by RTMP like any other publisher."""
