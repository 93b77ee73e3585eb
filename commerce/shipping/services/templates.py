"""Freight templates, as staff writes them: whole, with all of their rules; and what is sent by each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from commerce.shipping.models import FreightRule, FreightTemplate, ProductFreight
from project.kernel.errors import ChangedMeanwhile, Conflict, Invalid, NotFound


def make_template(*, rules: Sequence[dict[str, Any]], **fields: Any) -> FreightTemplate:
    """Its rules are in the order given. Raises Invalid where another one has the name."""
    return _written(FreightTemplate(**fields), rules)


def change_template(
    *, template_id: int, version: int, rules: Sequence[dict[str, Any]], **fields: Any
) -> FreightTemplate:
    """Put another in place of the one that was seen in this `version`.

    Raises NotFound, ChangedMeanwhile, Invalid where another one has the name.
    """
    with transaction.atomic():
        template = _locked(template_id)
        if template.version != version:
            raise ChangedMeanwhile
        for name, value in fields.items():
            setattr(template, name, value)
        template.version += 1
        return _written(template, rules)


def remove_template(*, template_id: int) -> None:
    """Raises NotFound, Conflict while products are sent by it."""
    with transaction.atomic():
        template = _locked(template_id)
        try:
            template.delete()
        except ProtectedError:
            raise Conflict(detail={"products": template.products.count()}) from None


def send_by(*, product_ids: Collection[int], template_id: int | None, weight: int | None = None) -> None:
    """Choose the template that products are sent by; None for the shop's flat price. `weight`, in grams, is that of one
    unit of each; None for what is known of it.

    Raises Invalid for a template that there is not.
    """
    if template_id is None:
        ProductFreight.objects.filter(product__in=product_ids).delete()
        return
    with transaction.atomic():
        try:
            template = _locked(template_id)
        except NotFound:
            raise Invalid(fields={"template": ["does_not_exist"]}) from None
        weighed = {} if weight is None else {"weight": weight}
        ProductFreight.objects.bulk_create(
            (ProductFreight(product_id=pk, template=template, **weighed) for pk in sorted(product_ids)),
            update_conflicts=True,
            unique_fields=["product"],
            update_fields=["template", *weighed],
        )


def _written(template: FreightTemplate, rules: Sequence[dict[str, Any]]) -> FreightTemplate:
    try:
        with transaction.atomic():
            template.save()
            template.rules.all().delete()
            FreightRule.objects.bulk_create(FreightRule(template=template, **rule) for rule in rules)
    except IntegrityError:
        raise Invalid(fields={"name": ["unique"]}) from None
    return template


def _locked(template_id: int) -> FreightTemplate:
    template = FreightTemplate.objects.select_for_update().filter(pk=template_id).first()
    if template is None:
        raise NotFound
    return template
