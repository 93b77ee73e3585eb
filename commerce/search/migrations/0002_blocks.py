"""The index in another form: it starts empty, and the next scan fills it. `manage.py reindex_products` does so at once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commerce_search', '0001_initial'),
    ]

    operations = [
        migrations.DeleteModel(name='Posting'),
        migrations.DeleteModel(name='Neighbour'),
        migrations.DeleteModel(name='Term'),
        migrations.DeleteModel(name='IndexedProduct'),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('pk', models.CompositePrimaryKey('text', 'block', blank=True, editable=False, primary_key=True, serialize=False)),
                ('text', models.CharField(max_length=40)),
                ('block', models.PositiveIntegerField()),
                ('numbers', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Word',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=40, unique=True)),
                ('products', models.PositiveIntegerField()),
                ('has_spelling', models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name='IndexedProduct',
            fields=[
                ('product', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to='commerce_catalog.product')),
                ('price', models.PositiveBigIntegerField()),
                ('in_stock', models.BooleanField()),
                ('fingerprint', models.CharField(max_length=32)),
                ('terms', models.BinaryField()),
                ('category', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='commerce_catalog.category')),
            ],
        ),
        migrations.CreateModel(
            name='Neighbour',
            fields=[
                ('pk', models.CompositePrimaryKey('key', 'word', blank=True, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=7)),
                ('word', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='neighbours', to='commerce_search.word')),
            ],
        ),
    ]
