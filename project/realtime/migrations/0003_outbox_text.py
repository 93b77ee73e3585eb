from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0002_outbox_next_try"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outboxbatch",
            name="events",
            field=models.TextField(),
        ),
    ]
