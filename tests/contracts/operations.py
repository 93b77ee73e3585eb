"""What the API can be asked, by its OpenAPI document; and whether anything has changed."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from drf_spectacular.generators import SchemaGenerator

HOW = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    how: str
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.how.upper()} {self.path}"


SCHEMA: Any = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = [
    Operation(how, path, described)
    for path, ways in SCHEMA["paths"].items()
    for how, described in ways.items()
    if how in HOW
]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "allOf" in schema:
        if "allOf" in schema:
            [schema] = schema["allOf"]
        else:
            schema = SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def in_path(operation: Operation) -> list[str]:
    return [one["name"] for one in operation.described.get("parameters", ()) if one["in"] == "path"]


def fields_of(operation: Operation) -> dict[str, Any]:
    content = operation.described.get("requestBody", {}).get("content", {})
    return resolved(next(iter(content.values()))["schema"]).get("properties", {}) if content else {}


def rows() -> dict[str, list[dict[str, Any]]]:
    """All that the database knows, but for sessions, which live on."""
    kinds = [kind for kind in apps.get_models() if kind._meta.label != "sessions.Session"]
    return {kind._meta.label: list(kind._default_manager.order_by("pk").values()) for kind in kinds}


def changed(before: dict[str, Any]) -> set[str]:
    after = rows()
    return {kind for kind in after if after[kind] != before[kind]}
