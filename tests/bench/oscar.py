"""django-oscar beside Souk: a database of its own in the same cluster, filled by its own Python."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from typing import Any

from django.db import connection

from tests.bench.http import Jobs, request
from tests.bench.servers import Missing, oscar_environment, oscar_python

ADDRESS = {"first_name": "雷", "last_name": "李", "line1": "漕溪北路 1 号", "line4": "上海市", "postcode": "200030"}


@cache
def make_shop(products: int) -> None:
    """A database with so many products in stock. Raises Missing."""
    if connection.vendor != "postgresql":
        raise Missing("there is no PostgreSQL for it to use")
    oscar_python()
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE oscar")
    _fill("products", products)


def make_baskets(count: int, *, lines: int) -> list[dict[str, Any]]:
    """`[{"session", "basket", "lines": [id]}]`, one unit of each line."""
    made: list[dict[str, Any]] = json.loads(_fill("baskets", count, lines))
    return made


def check_ordered(baskets: list[dict[str, Any]]) -> None:
    """Each of them became one order of all that was in it. Raises AssertionError."""
    ordered = dict(json.loads(_fill("ordered")))
    assert [ordered.get(basket["basket"]) for basket in baskets] == [len(basket["lines"]) for basket in baskets]


def jobs(port: int, *, changing: list[dict[str, Any]], buying: list[dict[str, Any]]) -> Jobs:
    host = f"http://127.0.0.1:{port}"
    changes = [
        request(
            "PATCH",
            f"/api/baskets/{shopper['basket']}/lines/{shopper['lines'][0]}/",
            port=port,
            session=shopper["session"],
            body={"quantity": quantity},
        )
        for quantity in (2, 3, 1)
        for shopper in changing
    ]
    checkouts = [
        request(
            "POST",
            "/api/checkout/",
            port=port,
            session=shopper["session"],
            body={
                "basket": f"{host}/api/baskets/{shopper['basket']}/",
                "shipping_address": {"country": f"{host}/api/countries/CN/", **ADDRESS},
            },
        )
        for shopper in buying
    ]
    return Jobs(
        list=request("GET", "/api/list/", port=port),
        page=request("GET", "/list/", port=port),
        changes=changes,
        checkouts=checkouts,
    )


def _fill(*arguments: object) -> bytes:
    argv = [oscar_python(), "-m", "tests.bench.peers.oscar.fill", *map(str, arguments)]
    return subprocess.run(
        argv, env={**os.environ, **oscar_environment()}, stdout=subprocess.PIPE, check=True, timeout=600
    ).stdout
