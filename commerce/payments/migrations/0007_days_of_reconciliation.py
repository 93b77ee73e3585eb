import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models import Case, F, Max, Value, When

RESULTS = [
    ('ok', 'Ok'),
    ('we_miss', 'We Miss'),
    ('they_miss', 'They Miss'),
    ('amount_differs', 'Amount Differs'),
    ('duplicate', 'Duplicate'),
]
STATES = [
    ('waiting', 'Waiting'),
    ('compared', 'Compared'),
    ('unavailable', 'Unavailable'),
    ('unreadable', 'Unreadable'),
    ('failed', 'Failed'),
]


def keep_what_was_compared(apps, schema_editor):
    """Both sides had one currency; a day with rows has been compared, and is left alone."""
    row = apps.get_model('commerce_payments', 'ReconciliationRow')
    day = apps.get_model('commerce_payments', 'ReconciliationDay')
    row.objects.update(
        ours_currency=Case(When(ours=None, then=Value('')), default=F('theirs_currency')),
        times=Case(When(theirs=None, then=0), When(result='duplicate', then=2), default=1),
        found_at=F('made_at'),
    )
    row.objects.filter(theirs=None).update(theirs_currency='')
    known = row.objects.order_by().values('provider', 'day').annotate(at=Max('made_at'))
    day.objects.bulk_create(
        [
            day(provider=one['provider'], day=one['day'], state='compared', compared_at=one['at'], tried_at=one['at'])
            for one in known
        ],
        batch_size=500,
    )


def keep_one_currency(apps, schema_editor):
    """On the way back: that of whichever side says something."""
    row = apps.get_model('commerce_payments', 'ReconciliationRow')
    row.objects.filter(theirs_currency='').update(theirs_currency=F('ours_currency'))


class Migration(migrations.Migration):

    dependencies = [
        ('commerce_payments', '0006_top_ups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReconciliationDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=20)),
                ('day', models.DateField()),
                ('state', models.CharField(choices=STATES, default='waiting', max_length=12)),
                ('problem', models.CharField(blank=True, max_length=200)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('streak', models.PositiveIntegerField(default=0)),
                ('tried_at', models.DateTimeField(null=True)),
                ('compared_at', models.DateTimeField(null=True)),
                ('next_try_at', models.DateTimeField(null=True)),
                ('asked_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['day'], name='reconciliation_days'),
                    models.Index(condition=models.Q(('next_try_at__isnull', False)), fields=['next_try_at'], name='reconciliation_due'),
                ],
                'constraints': [models.UniqueConstraint(fields=('provider', 'day'), name='one_day_per_provider')],
            },
        ),
        migrations.CreateModel(
            name='ReconciliationTry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=STATES, max_length=12)),
                ('problem', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('day', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='commerce_payments.reconciliationday')),
            ],
            options={
                'verbose_name_plural': 'reconciliation tries',
            },
        ),
        migrations.RenameField(
            model_name='reconciliationrow',
            old_name='currency',
            new_name='theirs_currency',
        ),
        migrations.AlterField(
            model_name='reconciliationrow',
            name='theirs_currency',
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddField(
            model_name='reconciliationrow',
            name='ours_currency',
            field=models.CharField(blank=True, default='', max_length=3),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='reconciliationrow',
            name='times',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='reconciliationrow',
            name='entries',
            field=models.JSONField(default=list),
        ),
        # What defaults to the time cannot be added to a table of SQLite: all rows are there with None, then get one.
        migrations.AddField(
            model_name='reconciliationrow',
            name='found_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='reconciliationrow',
            name='healed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='reconciliationrow',
            name='checked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(keep_what_was_compared, keep_one_currency, elidable=True),
        migrations.AlterField(
            model_name='reconciliationrow',
            name='found_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.CreateModel(
            name='ReconciliationChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('result', models.CharField(choices=RESULTS, max_length=20)),
                ('ours', models.PositiveBigIntegerField(null=True)),
                ('ours_currency', models.CharField(blank=True, max_length=3)),
                ('theirs', models.PositiveBigIntegerField(null=True)),
                ('theirs_currency', models.CharField(blank=True, max_length=3)),
                ('times', models.PositiveIntegerField(default=0)),
                ('entries', models.JSONField(default=list)),
                ('since', models.DateTimeField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('row', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='commerce_payments.reconciliationrow')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReconciliationNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('result', models.CharField(choices=RESULTS, max_length=20)),
                ('text', models.CharField(max_length=500)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('row', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='commerce_payments.reconciliationrow')),
            ],
        ),
    ]
