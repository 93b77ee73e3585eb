from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce


def name_what_is_there(apps, schema_editor):
    """Refunds that were owed before gave back whole payments, for want of goods."""
    Payment = apps.get_model("commerce_payments", "Payment")
    Refund = apps.get_model("commerce_payments", "Refund")
    Refund.objects.update(reference=F("key"))
    sums = Refund.objects.filter(payment=OuterRef("pk")).order_by().values("payment").annotate(sum=Sum("amount"))
    Payment.objects.filter(refunds__isnull=False).update(refunded=Coalesce(Subquery(sums.values("sum")), 0))


class Migration(migrations.Migration):

    dependencies = [
        ("commerce_payments", "0002_ledger_entries"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="refunded",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="refund",
            name="reference",
            field=models.CharField(db_index=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(name_what_is_there, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(fields=("payment", "reference"), name="one_refund_per_reference"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("refunded__lte", models.F("amount"))), name="refunded_within_payment"
            ),
        ),
    ]
