"""The regions of China, three levels deep, and how a place is written down for freight and promises.

A place is a code: 2, 4 or 6 digits in China (`31`, `3101`, `310104`), the ISO 3166 code of any other country (`US`), ""
where nothing is known. In China a place lies in another when its code begins with the other's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

CHINA = "CN"
COUNTRY = re.compile("[A-Z]{2}")
# Names of levels that are no places: nobody writes them into an address.
PLACEHOLDERS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
PROVINCE_ENDINGS = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    name: str
    children: list[Region] = field(default_factory=list, repr=False, compare=False)


@cache
def provinces() -> list[Region]:
    rows = json.loads((Path(__file__).parent / "cn_regions.json").read_text(encoding="utf-8"))
    return [_region(row) for row in rows]


@cache
def _by_code() -> dict[str, Region]:
    cities = [city for province in provinces() for city in province.children]
    return {region.code: region for region in [*provinces(), *cities, *(d for city in cities for d in city.children)]}


def children_of(code: str | None) -> list[Region] | None:
    """The regions right under one, or the provinces; None for a code that there is not."""
    if code is None:
        return provinces()
    found = _by_code().get(code)
    return found.children if found else None


def exists(code: str) -> bool:
    return code in _by_code()


def is_place(code: Any) -> bool:
    """Whether it is a region of China, or has the form of another country's code."""
    return isinstance(code, str) and (exists(code) or bool(COUNTRY.fullmatch(code)))


def path_of(region: Sequence[str]) -> list[Region] | None:
    """Province, city and district, given by their names or by their codes; None when there is no such path."""
    if len(region) != 3:
        return None
    level, path = provinces(), []
    for word in region:
        found = next((each for each in level if word in (each.code, each.name)), None)
        if found is None:
            return None
        path.append(found)
        level = found.children
    return path


def text_of(region: Sequence[str]) -> str:
    """As on a parcel: `上海市 徐汇区`."""
    return " ".join(name for name in region if name not in PLACEHOLDERS)


def place_of(address: Mapping[str, Any] | None) -> str:
    """The code of an address of the book, or of an order, whose region is a text: as deep as it can be read."""
    if not address:
        return ""
    country, region = address.get("country", CHINA), address.get("region", "")
    if country != CHINA:
        return str(country)
    if isinstance(region, str):
        return _place_in_text(region)
    path = path_of(region)
    return path[-1].code if path else ""


def _place_in_text(text: str) -> str:
    """`上海市 徐汇区` is 310104; what cannot be told apart ends at the level above."""
    rest = "".join(text.split())
    province = next((each for each in provinces() if rest.startswith(_short(each.name))), None)
    if province is None:
        return ""
    rest = rest.removeprefix(province.name if rest.startswith(province.name) else _short(province.name))
    city = next((each for each in province.children if rest.startswith(each.name)), None)
    if city is not None:
        rest = rest.removeprefix(city.name)
    districts = [
        district
        for each in ([city] if city else [c for c in province.children if c.name in PLACEHOLDERS])
        for district in each.children
        if rest.startswith(district.name)
    ]
    if districts:
        return max(districts, key=lambda district: len(district.name)).code
    return city.code if city else province.code


def _short(name: str) -> str:
    """`广西壮族自治区` is also written `广西`."""
    for ending in PROVINCE_ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name


def _region(row: list[Any]) -> Region:
    return Region(row[0], row[1], [_region(child) for child in row[2]] if len(row) > 2 else [])
