from django.db import migrations


class Migration(migrations.Migration):
    """The records are an app of their own now; the table goes over as it is."""

    dependencies = [
        ("commerce_orders", "0005_points"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("IdempotencyRecord")],
            database_operations=[migrations.AlterModelTable("IdempotencyRecord", "commerce_idempotency_idempotencyrecord")],
        ),
    ]
