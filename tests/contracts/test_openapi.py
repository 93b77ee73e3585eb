"""The API does what its OpenAPI document says: for requests made up from the document, right and wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.conf import settings as configured
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck
from hypothesis import settings as made_up
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from community.accounts.models import User
from tests.contracts.things import things_of
from tests.support.factories import make_user

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# Beside the examples that are made of the bounds of each field.
EXAMPLES = 10
described = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
described.app = get_wsgi_application()


@pytest.fixture(autouse=True)
def one_connection(db: None) -> Iterator[None]:
    """A request's end does not close the connection whose transaction the test is in (as in Django's own client)."""
    moments = (request_started, request_finished)
    for moment in moments:
        moment.disconnect(close_old_connections)
    yield
    for moment in moments:
        moment.connect(close_old_connections)


@dataclass
class Caller:
    """Who asks, with every how manyeth of an operation's examples, and how many there have been."""

    headers: dict[str, str]
    existing: dict[str, Any]
    every: int
    examples: int = 0


@pytest.fixture(scope="module")
def everybody(made_once: None) -> list[tuple[dict[str, str], dict[str, Any], int]]:
    """Of guests most is refused before it is looked at, of buyers what the studio is asked: they ask less."""
    buyer, staff = make_user(), make_user(roles=["host"], is_staff=True, is_superuser=True)
    of_buyer = things_of(buyer)
    return [
        (headers_of(None), of_buyer, 10),
        (headers_of(buyer), of_buyer, 2),
        (headers_of(staff), things_of(staff), 1),
    ]


@pytest.fixture
def people(everybody: list[tuple[dict[str, str], dict[str, Any], int]]) -> list[Caller]:
    return [Caller(headers, existing, every) for headers, existing, every in everybody]


@described.parametrize()
@made_up(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_each_operation_is_as_described(case: Any, people: list[Caller]) -> None:
    """As made up, and then for things that exist."""
    for caller in people:
        caller.examples += 1
        if caller.examples % caller.every != 1 % caller.every:
            continue
        case.call_and_validate(headers=caller.headers, checks=CHECKS)
        if made_up_path := case.path_parameters:
            case.path_parameters = {name: caller.existing[name] for name in made_up_path}
            case.call_and_validate(headers=caller.headers, checks=CHECKS)
            case.path_parameters = made_up_path


def headers_of(caller: User | None) -> dict[str, str]:
    """The cookies of a session and what proves that the request comes from our own page."""
    client = Client()
    if caller:
        client.force_login(caller)
    token = "a" * 32
    cookies = {name: morsel.value for name, morsel in client.cookies.items()} | {configured.CSRF_COOKIE_NAME: token}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": token}
