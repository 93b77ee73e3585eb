"""Lines that were ordered before keep what held for them until now: what is excluded today."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def note_what_holds(apps: Any, schema_editor: Any) -> None:
    lines = apps.get_model("commerce_orders", "OrderLine").objects
    for exclusion in apps.get_model("commerce_aftersales", "ReturnExclusion").objects.all():
        lines.filter(sku__product=exclusion.product_id).update(not_returned=exclusion.code)


class Migration(migrations.Migration):
    dependencies = [
        ("commerce_aftersales", "0007_of_what_came_last"),
        ("commerce_orders", "0008_what_does_not_go_back"),
    ]

    operations = [migrations.RunPython(note_what_holds, migrations.RunPython.noop)]
