"""Check a tracked setup's links in the statement that writes it, not at the commit.

Django makes foreign keys deferred. A detection writes a row for each of its watchers and then publishes, which makes
every other publisher wait until the commit: ten thousand checks belong before that, not inside it.
"""

from django.db import migrations

AT_ONCE = """
DO $$
DECLARE link record;
BEGIN
    FOR link IN
        SELECT conname FROM pg_constraint WHERE conrelid = 'detectors_trackedsetup'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE detectors_trackedsetup ALTER CONSTRAINT %I DEFERRABLE INITIALLY {when}', link.conname);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("detectors", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=AT_ONCE.format(when="IMMEDIATE"), reverse_sql=AT_ONCE.format(when="DEFERRED"), elidable=False
        )
    ]
