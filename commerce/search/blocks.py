"""How the numbers of neighbouring products are stored: `BLOCK` products to a block, a few of them as a list, more as
bit slices (see `bits`), so that rare words take some bytes and common ones are read without looking at each product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from struct import Struct

from commerce.search.bits import Column

# Product p is at place p % BLOCK of block p // BLOCK.
BLOCK = 4096
FEW = 64
_ENTRY = Struct("<HB")
_MASK = Struct("<Q")
_SLICE = BLOCK // 8
_ZEROS = bytes(_SLICE)
_SLICED_FROM = _MASK.size + _SLICE


def changed(stored: bytes, numbers: Mapping[int, int]) -> bytes:
    """A block with other numbers (below 2 ** 63) at these places; 0 takes one away. Without any number it is empty."""
    if len(stored) < _SLICED_FROM:
        listed = {**dict(_ENTRY.iter_unpack(stored)), **numbers}
        numbers = {place: number for place, number in listed.items() if number}
        if len(numbers) <= FEW and max(numbers.values(), default=0) < 256:
            return b"".join(_ENTRY.pack(place, numbers[place]) for place in sorted(numbers))
        stored = b""
    slices = {n: bytearray(ones) for n, ones in _slices(stored)}
    for place, number in numbers.items():
        at, bit = place >> 3, 1 << (place & 7)
        for n in range(max(number.bit_length(), max(slices, default=-1) + 1)):
            if number >> n & 1:
                slices.setdefault(n, bytearray(_SLICE))[at] |= bit
            elif n in slices:
                slices[n][at] &= ~bit
    kept = {n: slices[n] for n in sorted(slices) if slices[n] != _ZEROS}
    return b"".join([_MASK.pack(sum(1 << n for n in kept)), *kept.values()]) if kept else b""


def column(blocks: Iterable[bytes]) -> Column:
    """The numbers of all blocks one behind the other, as slices; a block may be empty."""
    blocks = list(blocks)
    slices: dict[int, bytearray] = {}
    size = _SLICE * len(blocks)
    for start, stored in zip(range(0, size, _SLICE), blocks, strict=True):
        if len(stored) < _SLICED_FROM:
            for place, number in _ENTRY.iter_unpack(stored):
                for n in range(number.bit_length()):
                    if number >> n & 1:
                        slices.setdefault(n, bytearray(size))[start + (place >> 3)] |= 1 << (place & 7)
        else:
            for n, ones in _slices(stored):
                slices.setdefault(n, bytearray(size))[start : start + _SLICE] = ones
    return [int.from_bytes(slices.get(n, b""), "little") for n in range(max(slices, default=-1) + 1)]


def _slices(stored: bytes) -> Iterable[tuple[int, bytes]]:
    if not stored:
        return
    (mask,) = _MASK.unpack_from(stored)
    which = (n for n in range(mask.bit_length()) if mask >> n & 1)
    for at, n in enumerate(which):
        start = _MASK.size + at * _SLICE
        yield n, stored[start : start + _SLICE]
