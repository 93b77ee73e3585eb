from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat_messages', '0004_number_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='hidden_as',
            field=models.CharField(blank=True, choices=[('shadow', 'Shadow'), ('reports', 'Reports'), ('moderator', 'Moderator'), ('sanction', 'Sanction')], default='', max_length=10),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='message',
            name='hidden_at',
            field=models.DateTimeField(null=True),
        ),
    ]
