"""Colours as hex texts, and one colour with the tones that light makes of it."""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[int, int, int]


def rgb(colour: str) -> RGB:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """`share` of the second colour, 0–1, the rest of the first."""
    mixed = (round(a + (b - a) * share) for a, b in zip(rgb(first), rgb(second), strict=True))
    return "#{:02x}{:02x}{:02x}".format(*mixed)


@dataclass(frozen=True, slots=True)
class Tone:
    """A material's colour. Shadows lean to a warm ink, lights to a warm white: neither is ever grey."""

    base: str

    @property
    def deep(self) -> str:
        return mix(self.base, "#241a24", 0.55)

    @property
    def dark(self) -> str:
        return mix(self.base, "#2a1c2a", 0.26)

    @property
    def shade(self) -> str:
        return mix(self.base, "#2e1f30", 0.13)

    @property
    def light(self) -> str:
        return mix(self.base, "#fffaf2", 0.28)

    @property
    def pale(self) -> str:
        return mix(self.base, "#fffaf2", 0.6)

    @property
    def is_bright(self) -> bool:
        red, green, blue = rgb(self.base)
        return 0.299 * red + 0.587 * green + 0.114 * blue > 140

    @property
    def print(self) -> str:
        """What a text on it is printed in."""
        return mix(self.base, "#241a24", 0.72) if self.is_bright else mix(self.base, "#fffaf2", 0.86)


@dataclass(frozen=True, slots=True)
class Ink:
    """What a thing is made of: its own colour and the colour of its detail."""

    body: Tone
    trim: Tone


def ink(body: str, trim: str) -> Ink:
    return Ink(Tone(body), Tone(trim))
