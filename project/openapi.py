"""What every operation of the OpenAPI document shares: how it refuses."""

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
