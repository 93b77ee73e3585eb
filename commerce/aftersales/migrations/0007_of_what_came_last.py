"""What was asked after all units of a line were exchanged is about those that came."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import F


def note_what_came(apps: Any, schema_editor: Any) -> None:
    case_model = apps.get_model("commerce_aftersales", "Case")
    whole = case_model.objects.filter(state="exchanged", quantity=F("line__quantity")).exclude(ended_at=None)
    for exchange in whole.select_related("line").order_by("ended_at", "pk"):
        later = case_model.objects.filter(line_id=exchange.line_id, created_at__gte=exchange.ended_at)
        # Until now, an exchange for nothing that was named was one for the SKU of the line.
        later.filter(kind="exchange", replacement=None).update(replacement_id=exchange.line.sku_id)
        later.update(sku_id=exchange.replacement_id or exchange.line.sku_id)


def name_replacements(apps: Any, schema_editor: Any) -> None:
    cases = apps.get_model("commerce_aftersales", "Case").objects.filter(kind="exchange", replacement=None)
    cases.exclude(sku=None).update(replacement_id=F("sku_id"))


class Migration(migrations.Migration):
    dependencies = [("commerce_aftersales", "0006_what_units_are_of")]

    operations = [migrations.RunPython(note_what_came, name_replacements)]
