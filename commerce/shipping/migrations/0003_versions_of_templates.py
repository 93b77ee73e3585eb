from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commerce_shipping", "0002_purposes_of_parcels")]

    operations = [
        migrations.AddField(
            model_name="freighttemplate",
            name="version",
            field=models.PositiveBigIntegerField(default=1, editable=False),
        ),
    ]
