"""People are found by the beginning of their names, in upper case. SQLite, where few are, needs no index for it."""

from typing import Any

from django.db import migrations

INDEX = "users_by_beginning_of_name"


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE INDEX {INDEX} ON community_accounts_user (upper(display_name::text) text_pattern_ops)"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("community_accounts", "0003_bio")]

    operations = [migrations.RunPython(create, drop)]
