from django.db import migrations, models
from django.db.models import deletion


class Migration(migrations.Migration):
    dependencies = [
        ("commerce_aftersales", "0005_numbers_are_gone"),
        ("commerce_catalog", "0003_picture_sizes"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="sku",
            field=models.ForeignKey(
                null=True, on_delete=deletion.PROTECT, related_name="+", to="commerce_catalog.sku"
            ),
        ),
    ]
