"""What staff decides about products: by what they are sent, and whether they go back without a reason."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict, Unpack

from django.db import transaction

from commerce.aftersales.models import ReturnExclusion
from commerce.catalog.models import Product
from commerce.shipping.services.templates import send_by
from project.kernel.errors import NotFound


class Terms(TypedDict, total=False):
    """`template`: None for the shop's flat price; `weight`, in grams, goes with one. `not_returned`: None for what goes
    back."""

    template: int | None
    weight: int
    not_returned: str | None


def change_terms(*, product_ids: Collection[int], **terms: Unpack[Terms]) -> None:
    """Change what is given, of all of these products or of none. Orders of before keep what was agreed.

    Raises NotFound (says which), Invalid for a template that there is not.
    """
    with transaction.atomic():
        # Locked by id: of two who change the same, one comes after the other.
        known = Product.objects.select_for_update(no_key=True).filter(pk__in=product_ids).order_by("pk")
        if missing := set(product_ids) - set(known.values_list("pk", flat=True)):
            raise NotFound(detail={"products": sorted(missing)})
        if "template" in terms:
            send_by(product_ids=product_ids, template_id=terms["template"], weight=terms.get("weight"))
        if "not_returned" in terms:
            _exclude(product_ids, terms["not_returned"])


def _exclude(product_ids: Collection[int], code: str | None) -> None:
    if code is None:
        ReturnExclusion.objects.filter(product__in=product_ids).delete()
        return
    ReturnExclusion.objects.bulk_create(
        (ReturnExclusion(product_id=pk, code=code) for pk in sorted(product_ids)),
        update_conflicts=True,
        unique_fields=["product"],
        update_fields=["code"],
    )
