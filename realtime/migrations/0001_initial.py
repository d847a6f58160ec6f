"""The event log, and the trigger that hands out its ids in the order of commits."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The lock is held until the transaction ends, so whoever counts next commits later. A statement trigger, because it
# fires before the first row takes its id, and once for ten thousand rows. The identity column must keep CACHE 1, its
# default: a session with ids in store would hand them out of turn.
TAKE_TURN = """
CREATE FUNCTION realtime_take_turn() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN PERFORM pg_advisory_xact_lock(7201); RETURN NULL; END$$;
CREATE TRIGGER realtime_take_turn BEFORE INSERT ON realtime_event
    FOR EACH STATEMENT EXECUTE FUNCTION realtime_take_turn();
"""
UNDO = "DROP TRIGGER realtime_take_turn ON realtime_event; DROP FUNCTION realtime_take_turn();"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Retention",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("removed_upto", models.BigIntegerField(default=0)),
                ("removed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "retention",
                "db_table": "realtime_retention",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="realtime_retention_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("setups", "Setups"),
                            ("positions", "Positions"),
                            ("alerts", "Alerts"),
                            ("brief", "Brief"),
                            ("journal", "Journal"),
                        ],
                        max_length=16,
                    ),
                ),
                ("type", models.CharField(max_length=40)),
                ("symbol", models.CharField(blank=True, max_length=10)),
                ("payload", models.JSONField()),
                ("facts", models.JSONField(default=dict)),
                ("subject", models.UUIDField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("written_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "realtime_event",
                "indexes": [
                    models.Index(
                        condition=models.Q(("user__isnull", False)), fields=["user", "id"], name="realtime_event_user"
                    ),
                    models.Index(
                        condition=models.Q(("user__isnull", True)), fields=["id"], name="realtime_event_shared"
                    ),
                    models.Index(
                        condition=models.Q(("subject__isnull", False)),
                        fields=["subject", "id"],
                        name="realtime_event_subject",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["setups", "positions", "alerts", "brief", "journal"])),
                        name="realtime_event_channel",
                    ),
                    models.CheckConstraint(condition=models.Q(("type", ""), _negated=True), name="realtime_event_type"),
                    models.CheckConstraint(
                        condition=models.Q(("user__isnull", False), ("subject__isnull", False), _connector="OR"),
                        name="realtime_event_addressed",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TAKE_TURN, UNDO),
    ]
