"""The figures of a run: each measured in several rounds, shown as the median."""

from __future__ import annotations

import json
from statistics import median


class Figures:
    """table → row → column → what each round gave."""

    def __init__(self) -> None:
        self._measured: dict[str, dict[str, dict[str, list[float]]]] = {}

    def add(self, table: str, row: str, **columns: float) -> None:
        measured = self._measured.setdefault(table, {}).setdefault(row, {})
        for name, value in columns.items():
            measured.setdefault(name, []).append(value)
        values = "  ".join(f"{name} {short(value)}" for name, value in columns.items())
        print(f"{table:16} {row:28} {values}", flush=True)

    def rows(self, table: str) -> dict[str, dict[str, float]]:
        """Medians."""
        return {
            row: {name: median(values) for name, values in columns.items()}
            for row, columns in self._measured.get(table, {}).items()
        }

    @property
    def tables(self) -> list[str]:
        return list(self._measured)

    def as_json(self) -> str:
        return json.dumps(self._measured, indent=1)


def short(value: float) -> str:
    """Two or three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
