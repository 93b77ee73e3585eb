"""What the buyer finds in the inbox about a case: what others decided or did, and when the money is back; and what
parcels do to cases."""

from commerce.aftersales.events import AftersaleChanged
from commerce.aftersales.services import follow_replacement
from commerce.orders.selectors import title_of
from commerce.shipping.events import ShipmentChanged
from community.notices.content import Content
from community.notices.services import notify

TOLD = {"declined", "awaiting_return", "received_back", "resent", "refunding", "refunded"}


def tell_buyer(changed: AftersaleChanged) -> None:
    case = changed.case
    if case["state"] not in TOLD:
        return
    notify(
        user_ids=[changed.user_to],
        kind="case",
        key=f"case:{case['id']}:{case['state']}",
        content=Content(
            people=[],
            about=f"case:{case['id']}",
            title=title_of(case["order"], line_id=case["line"]),
            word=case["state"],
        ),
    )


def follow_parcel(changed: ShipmentChanged) -> None:
    """What is sent in exchange confirms itself some time after it arrives."""
    if changed.shipment["purpose"] == "replacement":
        follow_replacement(shipment_id=changed.shipment["id"])
