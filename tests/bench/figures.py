"""The figures of a run: each measured in several rounds, shown as the median."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any


class Figures:
    """table → row → column → what each round gave; and what was left out of a table, with the reason."""

    def __init__(self) -> None:
        self._measured: dict[str, dict[str, dict[str, list[float]]]] = {}
        self._left_out: dict[str, dict[str, str]] = {}

    def add(self, table: str, row: str, **columns: float) -> None:
        measured = self._measured.setdefault(table, {}).setdefault(row, {})
        for name, value in columns.items():
            measured.setdefault(name, []).append(value)
        values = "  ".join(f"{name} {short(value)}" for name, value in columns.items())
        print(f"{table:16} {row:28} {values}", flush=True)

    def leave_out(self, table: str, row: str, why: str) -> None:
        """The table shall say that `row` is missing, and why."""
        self._left_out.setdefault(table, {})[row] = why
        print(f"{table:16} {row:28} not measured: {why}", flush=True)

    def rows(self, table: str) -> dict[str, dict[str, float]]:
        """Medians."""
        return {
            row: {name: median(values) for name, values in columns.items()}
            for row, columns in self._measured.get(table, {}).items()
        }

    def last(self, table: str, row: str, column: str) -> float:
        """What the last round gave."""
        return self._measured[table][row][column][-1]

    def left_out(self, table: str) -> dict[str, str]:
        return {row: why for row, why in self._left_out.get(table, {}).items() if row not in self.rows(table)}

    @property
    def tables(self) -> list[str]:
        return list(dict.fromkeys([*self._measured, *self._left_out]))

    @property
    def rounds(self) -> str:
        """How often things were measured: `3`, or `1 to 3`."""
        counts = {
            len(values) for rows in self._measured.values() for columns in rows.values() for values in columns.values()
        }
        return f"{min(counts)} to {max(counts)}" if len(counts) > 1 else str(*counts)

    def over(self, older: Figures) -> Figures:
        """Everything of `older`, but for the rows that were measured now."""
        merged = Figures()
        # By row: a part may measure one row of another part's table.
        merged._measured = {
            table: {**older._measured.get(table, {}), **self._measured.get(table, {})}
            for table in [*older._measured, *(table for table in self._measured if table not in older._measured)]
        }
        merged._left_out = {**older._left_out, **{table: self._left_out.get(table, {}) for table in self.tables}}
        return merged

    def write(self, file: Path) -> None:
        measured = {
            table: {
                row: {name: [_kept(value) for value in values] for name, values in columns.items()}
                for row, columns in rows.items()
            }
            for table, rows in self._measured.items()
        }
        file.write_text(json.dumps({"measured": measured, "left_out": self._left_out}, indent=1) + "\n")

    @classmethod
    def read(cls, file: Path) -> Figures:
        figures = cls()
        found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        figures._measured, figures._left_out = found.get("measured", {}), found.get("left_out", {})
        return figures


def _kept(value: float) -> float:
    return float(f"{value:.5g}")


def short(value: float) -> str:
    """Two or three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
