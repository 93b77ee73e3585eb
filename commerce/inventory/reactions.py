"""What whoever keeps the stock finds in the inbox about it."""

from django.db import transaction

from commerce.inventory.events import StockAlertChanged
from commerce.inventory.models import StockAlert
from commerce.inventory.selectors import name_of
from community.accounts.selectors import staff_ids
from community.notices.content import Content
from community.notices.services import notify, retract_each


@transaction.atomic
def tell_keepers(changed: StockAlertChanged) -> None:
    """Few units are left: said once for each time that it comes so, and taken back when there are enough again."""
    # Locked: whoever closes it meanwhile waits, and takes back what is said here.
    alerts = StockAlert.objects.select_for_update(of=("self",)).select_related("stock__sku__product")
    alert = alerts.filter(pk=changed.alert_id).first()
    if alert is None:
        return
    keepers, key = staff_ids(), f"stock:{alert.pk}"
    if alert.closed_at is not None:
        retract_each(user_ids=keepers, key=key)
        return
    notify(
        user_ids=keepers,
        kind="stock",
        key=key,
        content=Content(
            people=[],
            about=f"sku:{alert.stock_id}",
            title=name_of(alert.stock.sku),
            word="low" if alert.available else "out",
        ),
    )
