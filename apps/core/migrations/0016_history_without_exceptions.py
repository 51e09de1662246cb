from django.db import migrations

# The library's own function asks for a setting that may be missing and catches the error. Each error ends a
# subtransaction, and ending one looks through all history rows that the statement still has to write: 10,000 rows
# changed by one statement of a worker, which has no context, took minutes. This one asks without an error.
QUIET = """
CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS UUID LANGUAGE plpgsql AS $$
DECLARE
    context UUID := nullif(current_setting('pghistory.context_id', true), '')::uuid;
    words JSONB := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;
BEGIN
    IF context IS NULL OR words IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO pghistory_context (id, metadata, created_at, updated_at) VALUES (context, words, now(), now())
        ON CONFLICT (id) DO UPDATE SET metadata = EXCLUDED.metadata, updated_at = EXCLUDED.updated_at
        WHERE pghistory_context.metadata <> EXCLUDED.metadata;
    RETURN context;
END;
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0015_sheets_come_in"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [migrations.RunSQL(QUIET, migrations.RunSQL.noop)]
