from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commerce_payments", "0007_days_of_reconciliation")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="problem",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="refund",
            name="state",
            field=models.CharField(
                choices=[("due", "Due"), ("done", "Done"), ("failed", "Failed")], default="due", max_length=10
            ),
        ),
    ]
