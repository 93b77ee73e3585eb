"""Freight templates, as staff writes them: whole, with all of their rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from commerce.shipping.models import FreightRule, FreightTemplate
from project.kernel.errors import Conflict, Invalid, NotFound


def write_template(
    *, rules: Sequence[dict[str, Any]], template_id: int | None = None, **fields: Any
) -> FreightTemplate:
    """Make a template, or put another in its place; its rules are those given, in their order.

    Raises NotFound, Invalid where another one has the name.
    """
    try:
        with transaction.atomic():
            template = FreightTemplate() if template_id is None else _locked(template_id)
            for name, value in fields.items():
                setattr(template, name, value)
            template.save()
            template.rules.all().delete()
            FreightRule.objects.bulk_create(FreightRule(template=template, **rule) for rule in rules)
    except IntegrityError:
        raise Invalid(fields={"name": ["unique"]}) from None
    return template


def remove_template(*, template_id: int) -> None:
    """Raises NotFound, Conflict while products are sent by it."""
    with transaction.atomic():
        template = _locked(template_id)
        try:
            template.delete()
        except ProtectedError:
            raise Conflict(detail={"products": template.products.count()}) from None


def _locked(template_id: int) -> FreightTemplate:
    template = FreightTemplate.objects.select_for_update().filter(pk=template_id).first()
    if template is None:
        raise NotFound
    return template
