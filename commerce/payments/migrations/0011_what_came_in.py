from __future__ import annotations

from typing import Any

from django.db import migrations, models


def note_what_is_known(apps: Any, schema_editor: Any) -> None:
    """Of what staff has decided about. Of others, it is noted when their provider is asked again."""
    top_ups = apps.get_model("commerce_payments", "TopUp").objects
    for decision in apps.get_model("commerce_payments", "TopUpDecision").objects.all():
        known = {"came_in": decision.amount, "came_in_currency": decision.currency}
        top_ups.filter(pk=decision.top_up_id).update(**known)


class Migration(migrations.Migration):
    dependencies = [("commerce_payments", "0010_top_ups_that_do_not_fit")]

    operations = [
        migrations.AddField(
            model_name="topup",
            name="came_in",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="topup",
            name="came_in_currency",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddIndex(
            model_name="topup",
            index=models.Index(
                condition=models.Q(("came_in__isnull", False)), fields=["id"], name="top_ups_that_do_not_fit"
            ),
        ),
        migrations.RunPython(note_what_is_known, migrations.RunPython.noop),
    ]
