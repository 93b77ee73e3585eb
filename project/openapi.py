"""What all operations of the OpenAPI document share: how they refuse, and what they answer for what has a default."""

from __future__ import annotations

from typing import Any

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code"],
            "properties": {
                "code": {"type": "string", "description": "A stable word; docs/errors.md lists them."},
                "detail": {"type": "object", "additionalProperties": True},
                "fields": {"type": "object", "additionalProperties": True, "description": "Codes by field."},
            },
        }
    },
}


def with_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A drf-spectacular hook: `4XX` and `503` of each operation answer `Error`."""
    result["components"]["schemas"]["Error"] = ERROR
    refusal = {
        "description": "Refused; nothing was changed.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"] |= {"4XX": refusal, "503": refusal}
    return result


def with_defaults_answered(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A drf-spectacular hook: what has a default may be left out of a request, and is in every answer."""
    for name, schema in result["components"]["schemas"].items():
        if not name.endswith("Request"):
            given = {field for field, described in schema.get("properties", {}).items() if "default" in described}
            if given:
                schema["required"] = sorted(given.union(schema.get("required", ())))
    return result
