"""What a host sells: whatever stands on a shelf of their own shows, as in these."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from commerce.catalog.models import Product
from commerce.catalog.selectors import products_on_sale
from community.accounts.models import User
from live.shelf.models import ShelfItem


def products_of(user: User) -> QuerySet[Product]:
    """What is on sale and on a shelf of a show that the user runs (the staff: of any), the latest put there first."""
    items = ShelfItem.objects.filter(product=OuterRef("pk"))
    if not user.is_staff:
        items = items.filter(show__host=user)
    found = products_on_sale().annotate(item=Subquery(items.order_by("-pk").values("pk")[:1]))
    return found.filter(item__isnull=False).order_by("-item")


def sells_sku(user_id: int, sku_id: int) -> bool:
    return products_of(User.objects.get(pk=user_id)).filter(skus=sku_id).exists()
