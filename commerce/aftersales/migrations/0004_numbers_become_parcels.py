"""What was a noted number is a parcel: of a carrier that tells nothing, named as people wrote it."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def make_parcels(apps: Any, schema_editor: Any) -> None:
    case_model = apps.get_model("commerce_aftersales", "Case")
    shipment_model = apps.get_model("commerce_shipping", "Shipment")
    for case in case_model.objects.exclude(return_number="", resend_number=""):
        for purpose, prefix in (("return", "return"), ("replacement", "resend")):
            number = getattr(case, f"{prefix}_number")[:40]
            if not number:
                continue
            noted = case.events.filter(data__number=getattr(case, f"{prefix}_number")).order_by("pk").first()
            carrier = getattr(case, f"{prefix}_carrier")[:20]
            taken = shipment_model.objects.filter(carrier=carrier, number=number).exclude(purpose="return").exists()
            if taken and purpose != "return":
                continue
            parcel, _ = shipment_model.objects.get_or_create(
                order_id=case.order_id,
                purpose=purpose,
                carrier=carrier,
                number=number,
                defaults={"created_at": noted.at if noted else case.created_at},
            )
            line, is_new = parcel.lines.get_or_create(line_id=case.line_id, defaults={"quantity": case.quantity})
            if not is_new:
                line.quantity += case.quantity
                line.save()
            setattr(case, f"{purpose}_parcel", parcel)
        case.save()


def note_numbers(apps: Any, schema_editor: Any) -> None:
    """On the way back: what was sent in exchange was exchanged, then, and parcels were those of orders alone."""
    case_model = apps.get_model("commerce_aftersales", "Case")
    shipment_model = apps.get_model("commerce_shipping", "Shipment")
    parcels = case_model.objects.exclude(return_parcel=None, replacement_parcel=None)
    for case in parcels.select_related("return_parcel", "replacement_parcel"):
        for purpose, prefix in (("return", "return"), ("replacement", "resend")):
            if parcel := getattr(case, f"{purpose}_parcel"):
                setattr(case, f"{prefix}_carrier", parcel.carrier)
                setattr(case, f"{prefix}_number", parcel.number)
        case.return_parcel = case.replacement_parcel = None
        case.save()
    for model in (case_model, apps.get_model("commerce_aftersales", "CaseEvent")):
        model.objects.filter(state="resent").update(state="exchanged")
    # By ids: what is left of an app half way back holds models of two states, which do not go together.
    gone = list(shipment_model.objects.exclude(purpose="order").values_list("pk", flat=True))
    for name in ("ShipmentLine", "TrackingEvent"):
        parts = apps.get_model("commerce_shipping", name).objects.filter(shipment_id__in=gone)
        parts._raw_delete(schema_editor.connection.alias)
    shipment_model.objects.filter(pk__in=gone)._raw_delete(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("commerce_aftersales", "0003_tracked_parcels")]

    operations = [migrations.RunPython(make_parcels, note_numbers)]
