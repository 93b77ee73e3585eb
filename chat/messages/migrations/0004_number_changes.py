from django.db import migrations, models


def number(apps, schema_editor):
    apps.get_model('chat_messages', 'Message').objects.update(change=models.F('seq'))


class Migration(migrations.Migration):
    dependencies = [('chat_messages', '0003_changes')]

    operations = [
        migrations.RunPython(number, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('conversation', 'change'), name='one_message_per_change'),
        ),
    ]
