"""A chart of bars as SVG, legible on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from tests.bench.figures import short

WIDTH, LABELS, VALUES = 760, 250, 70
ROW, BAR, TOP = 34, 20, 52

STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .ours { fill: #0b7a5c }
  .theirs { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ours { fill: #3fcf9f }
    .theirs { fill: #6e7681 }
  }
"""


def bars(title: str, values: Mapping[str, float], *, ours: str) -> str:
    """One bar a value, from zero; those whose name begins with `ours` stand out."""
    longest = max(values.values())
    height = TOP + ROW * len(values)
    described = "; ".join(f"{name}: {short(value)}" for name, value in values.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="0" y="22">{escape(title)}</text>',
    ]
    for number, (name, value) in enumerate(values.items()):
        top = TOP + number * ROW
        length = max(2.0, (WIDTH - LABELS - VALUES) * value / longest)
        kind = "ours" if name.startswith(ours) else "theirs"
        parts += [
            f'<text x="{LABELS - 12}" y="{top + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{kind}" x="{LABELS}" y="{top}" width="{length:.1f}" height="{BAR}" rx="3"/>',
            f'<text x="{LABELS + length + 8:.1f}" y="{top + 15}">{short(value)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
