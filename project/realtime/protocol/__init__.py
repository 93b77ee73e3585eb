"""Centrifuge's client protocol v2, without I/O: frames in, commands out; replies and pushes in, bytes out."""
