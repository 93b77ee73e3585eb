"""The goods of the demo, as they are written in `data/products.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product as combinations
from pathlib import Path
from typing import Any

from commerce.catalog.cards import Option, Texts
from project.demo.drawing.colour import ink
from project.demo.drawing.gallery import Thing

DATA = Path(__file__).parent / "data"
COLOUR: Texts = {"zh": "颜色", "en": "Colour"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    name: Texts
    thing: Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A SKU to be. Prices in fen; `was` is what it cost before it became cheaper."""

    code: str
    options: list[Option]
    price: int
    was: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    key: str
    category: str
    title: Texts
    description: Texts
    colours: list[Colour]
    backdrop: str
    palette: str
    variants: list[Variant]
    stock: int


@cache
def read() -> dict[str, Any]:
    with (DATA / "products.toml").open("rb") as file:
        return tomllib.load(file)


def categories() -> list[dict[str, str]]:
    """`[{"slug", "zh", "en"}]`, in the order of the shop."""
    found: list[dict[str, str]] = read()["categories"]
    return found


@cache
def all_goods() -> dict[str, Goods]:
    """By key, one of each category in turn: so a shop front that lists them shows all it has."""
    places: dict[str, int] = {}
    turns: dict[str, int] = {}
    for row in read()["products"]:
        places[row["key"]] = turns[row["category"]] = turns.get(row["category"], -1) + 1
    return {row["key"]: _goods(row) for row in sorted(read()["products"], key=lambda row: places[row["key"]])}


def _goods(row: dict[str, Any]) -> Goods:
    backdrop, palette = row["scene"]
    return Goods(
        key=row["key"],
        category=row["category"],
        title={"zh": row["zh"], "en": row["en"]},
        description={"zh": row["description_zh"].strip(), "en": row["description_en"].strip()},
        colours=[
            Colour(name={"zh": zh, "en": en}, thing=Thing(drawing=row["drawing"], ink=ink(body, trim)))
            for zh, en, body, trim in row["colours"]
        ],
        backdrop=backdrop,
        palette=palette,
        variants=list(_variants(row)),
        stock=row["stock"],
    )


def _variants(row: dict[str, Any]) -> Iterator[Variant]:
    """One for every combination of the axes, the first axis changing slowest."""
    axes = [_axis(name) for name in row.get("choices", [])]
    if len(row["colours"]) > 1:
        axes.insert(0, [(_option(COLOUR, zh, en), 0) for zh, en, *_ in row["colours"]])
    for number, values in enumerate(combinations(*axes), start=1):
        extra = sum(added for _, added in values)
        yield Variant(
            code=f"{row['key']}-{number:02}",
            options=[option for option, _ in values],
            price=row["price"] + extra,
            was=row["was"] + extra,
        )


def _axis(name: str) -> list[tuple[Option, int]]:
    axis = read()["axes"][name]
    of: Texts = {"zh": axis["zh"], "en": axis["en"]}
    return [(_option(of, zh, en), added[0] if added else 0) for zh, en, *added in axis["values"]]


def _option(name: Texts, zh: str, en: str) -> Option:
    return {"name": name, "value": {"zh": zh, "en": en}}
