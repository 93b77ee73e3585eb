"""A shopper's address book. Who changes it holds the lock on its owner: limit and default are decided there."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from commerce.shipping.errors import AddressBookFull
from commerce.shipping.models import Address
from commerce.shipping.selectors import own_address
from community.accounts.models import User

MOST_ADDRESSES = 20


@transaction.atomic
def add_address(*, owner_id: int, details: Any, label: str = "", is_default: bool = False) -> Address:
    """The first one is the default whatever is asked. Raises AddressBookFull."""
    _lock(owner_id)
    count = Address.objects.filter(owner_id=owner_id).count()
    if count >= MOST_ADDRESSES:
        raise AddressBookFull(detail={"most": MOST_ADDRESSES})
    is_default = is_default or count == 0
    if is_default:
        _no_default(owner_id)
    return Address.objects.create(owner_id=owner_id, details=details, label=label, is_default=is_default)


@transaction.atomic
def change_address(
    *, owner_id: int, address_id: int, details: dict[str, Any] | None = None, label: str | None = None
) -> Address:
    """What is None stays. Raises NotFound."""
    _lock(owner_id)
    address = own_address(owner_id=owner_id, address_id=address_id)
    if details is not None:
        address.details = details
    if label is not None:
        address.label = label
    address.save(update_fields=["details", "label"])
    return address


@transaction.atomic
def remove_address(*, owner_id: int, address_id: int) -> None:
    """When the default goes, the newest of the others takes its place. Raises NotFound."""
    _lock(owner_id)
    address = own_address(owner_id=owner_id, address_id=address_id)
    address.delete()
    if address.is_default:
        heir = Address.objects.filter(owner_id=owner_id).order_by("-pk").first()
        if heir is not None:
            Address.objects.filter(pk=heir.pk).update(is_default=True)


@transaction.atomic
def make_default(*, owner_id: int, address_id: int) -> Address:
    """Raises NotFound."""
    _lock(owner_id)
    address = own_address(owner_id=owner_id, address_id=address_id)
    _no_default(owner_id)
    address.is_default = True
    address.save(update_fields=["is_default"])
    return address


def _lock(owner_id: int) -> None:
    User.objects.select_for_update().get(pk=owner_id)


def _no_default(owner_id: int) -> None:
    Address.objects.filter(owner_id=owner_id, is_default=True).update(is_default=False)
