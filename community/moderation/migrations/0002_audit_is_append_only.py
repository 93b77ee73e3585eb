from django.db import migrations

# Rows of the log stay as they are. PostgreSQL and SQLite; a migration that makes SQLite build the table anew has to call
# `create_triggers` again (tests/community/moderation/test_audit.py notices). Without its end the log of SQLite can be
# emptied as a whole: that is how tests begin anew.
POSTGRESQL = (
    """
    CREATE FUNCTION community_moderation_keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the log of moderation is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER community_moderation_keep_audit BEFORE UPDATE OR DELETE ON community_moderation_audit_row
    FOR EACH ROW EXECUTE FUNCTION community_moderation_keep_audit()
    """,
)
SQLITE = (
    """
    CREATE TRIGGER community_moderation_keep_audit_update BEFORE UPDATE ON community_moderation_audit_row
    BEGIN
      SELECT RAISE(ABORT, 'the log of moderation is append-only');
    END
    """,
    """
    CREATE TRIGGER community_moderation_keep_audit_delete BEFORE DELETE ON community_moderation_audit_row
    WHEN EXISTS (SELECT 1 FROM community_moderation_audit_head)
    BEGIN
      SELECT RAISE(ABORT, 'the log of moderation is append-only');
    END
    """,
)


def create_triggers(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER community_moderation_keep_audit ON community_moderation_audit_row", params=None
        )
        schema_editor.execute("DROP FUNCTION community_moderation_keep_audit()", params=None)
    else:
        for name in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER community_moderation_keep_audit_{name}", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('community_moderation', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(create_triggers, drop_triggers),
    ]
