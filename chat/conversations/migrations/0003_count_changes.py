from django.db import migrations, models
from django.db.models import F


def count(apps, schema_editor):
    apps.get_model("chat_conversations", "Conversation").objects.update(last_change=F("last_seq"))


class Migration(migrations.Migration):
    dependencies = [("chat_conversations", "0002_groups_and_direct_chats")]

    operations = [
        migrations.AddField("conversation", "last_change", models.PositiveBigIntegerField(default=0)),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
