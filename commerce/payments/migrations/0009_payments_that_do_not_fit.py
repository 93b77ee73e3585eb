from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commerce_payments", "0008_refunds_that_failed")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="problem",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
