"""Freight templates for the demo shop, for staff to choose from. Goods are sent at the flat price until they do."""

from __future__ import annotations

from typing import Any

from commerce.shipping.models import FreightTemplate
from commerce.shipping.services.templates import make_template

FAR: list[str] = ["54", "65"]
TEMPLATES: list[dict[str, Any]] = [
    {
        "name": "小件 · Small parcels",
        "rules": [
            {"first_price": 800, "further_price": 200, "free_from": 9900},
            {"regions": FAR, "first_price": 1500, "further_price": 500, "days_min": 5, "days_max": 9},
        ],
    },
    {
        "name": "大件 · By weight",
        "basis": FreightTemplate.Basis.WEIGHT,
        "ships_within_hours": 72,
        "rules": [
            {"first": 1000, "first_price": 1200, "further": 1000, "further_price": 300, "days_min": 3, "days_max": 7},
            {"regions": FAR, "delivered": False},
        ],
    },
]


def keep_templates() -> None:
    """Add what is missing; what is there is left as it is."""
    known = set(FreightTemplate.objects.values_list("name", flat=True))
    for template in TEMPLATES:
        if template["name"] not in known:
            make_template(**template)
