import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# Whatever changes a price leaves a record. PostgreSQL and SQLite; a migration that makes SQLite build the table of SKUs
# anew has to call `create_triggers` again (tests/commerce/catalog/test_price_records.py notices).
POSTGRESQL = (
    """
    CREATE FUNCTION commerce_catalog_record_price() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO commerce_catalog_pricerecord (sku_id, price, was, currency, since)
      VALUES (
        NEW.id, NEW.price, CASE WHEN TG_OP = 'UPDATE' AND OLD.currency = NEW.currency THEN OLD.price END,
        NEW.currency, clock_timestamp()
      );
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER commerce_catalog_first_price AFTER INSERT ON commerce_catalog_sku
    FOR EACH ROW EXECUTE FUNCTION commerce_catalog_record_price()
    """,
    """
    CREATE TRIGGER commerce_catalog_changed_price AFTER UPDATE OF price, currency ON commerce_catalog_sku
    FOR EACH ROW WHEN (OLD.price <> NEW.price OR OLD.currency <> NEW.currency)
    EXECUTE FUNCTION commerce_catalog_record_price()
    """,
)
SQLITE = (
    """
    CREATE TRIGGER commerce_catalog_first_price AFTER INSERT ON commerce_catalog_sku
    BEGIN
      INSERT INTO commerce_catalog_pricerecord (sku_id, price, currency, since)
      VALUES (NEW.id, NEW.price, NEW.currency, strftime('%Y-%m-%d %H:%M:%f', 'now'));
    END
    """,
    """
    CREATE TRIGGER commerce_catalog_changed_price AFTER UPDATE OF price, currency ON commerce_catalog_sku
    WHEN OLD.price <> NEW.price OR OLD.currency <> NEW.currency
    BEGIN
      INSERT INTO commerce_catalog_pricerecord (sku_id, price, was, currency, since)
      VALUES (
        NEW.id, NEW.price, CASE WHEN OLD.currency = NEW.currency THEN OLD.price END, NEW.currency,
        strftime('%Y-%m-%d %H:%M:%f', 'now')
      );
    END
    """,
)


def create_triggers(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for name in ("commerce_catalog_first_price", "commerce_catalog_changed_price"):
        schema_editor.execute(f"DROP TRIGGER {name}{' ON commerce_catalog_sku' if on_postgresql else ''}", params=None)
    if on_postgresql:
        schema_editor.execute("DROP FUNCTION commerce_catalog_record_price()", params=None)


def record_what_is_known(apps, schema_editor):
    """Since when a price holds was not written down: as far as anybody can tell, since now."""
    PriceRecord, now = apps.get_model("commerce_catalog", "PriceRecord"), django.utils.timezone.now()
    skus = apps.get_model("commerce_catalog", "Sku").objects.values_list("pk", "price", "currency")
    PriceRecord.objects.bulk_create(
        (PriceRecord(sku_id=pk, price=price, currency=currency, since=now) for pk, price, currency in skus.iterator()),
        batch_size=1000,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('commerce_catalog', '0001_initial'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='sku',
            name='list_price',
        ),
        migrations.CreateModel(
            name='PriceRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.PositiveBigIntegerField()),
                ('was', models.PositiveBigIntegerField(null=True)),
                ('currency', models.CharField(max_length=3)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='price_records', to='commerce_catalog.sku')),
            ],
            options={
                'ordering': ['since', 'pk'],
                'indexes': [models.Index(fields=['sku', 'since'], name='prices_of_a_sku')],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
        migrations.RunPython(record_what_is_known, migrations.RunPython.noop),
    ]
