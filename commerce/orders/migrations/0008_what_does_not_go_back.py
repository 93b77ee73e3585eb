from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commerce_orders", "0007_times_of_the_database")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="not_returned",
            field=models.CharField(
                blank=True,
                choices=[
                    ("made_to_order", "Made To Order"),
                    ("perishable", "Perishable"),
                    ("opened_digital", "Opened Digital"),
                    ("newspaper", "Newspaper"),
                ],
                max_length=20,
            ),
        ),
    ]
