import django.db.models.deletion
import project.kernel.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("commerce_orders", "0006_leave_idempotency"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # The table came from the orders.
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="IdempotencyRecord",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("scope", models.CharField(max_length=20)),
                        ("key", models.CharField(max_length=64)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("owner", models.CharField(max_length=22)),
                        ("started_at", models.DateTimeField(db_index=True)),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("answer", project.kernel.sealed.SealedJSONField(null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "scope", "key"), name="one_answer_per_key")
                        ],
                    },
                ),
            ],
        ),
    ]
