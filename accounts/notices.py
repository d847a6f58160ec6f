"""Whom news may interrupt: the trader's switches and quiet hours, as SQL for statements that decide for everybody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

# Whether news at `told_at` fall into the quiet hours of the trader whose preferences are `prefs`: wall times where he
# is, the beginning included and the end not; the span may cross midnight.
_QUIET = """
CASE
    WHEN prefs.quiet_from IS NULL THEN false
    WHEN prefs.quiet_from < prefs.quiet_to
        THEN (told_at AT TIME ZONE prefs.timezone)::time >= prefs.quiet_from
            AND (told_at AT TIME ZONE prefs.timezone)::time < prefs.quiet_to
    ELSE (told_at AT TIME ZONE prefs.timezone)::time >= prefs.quiet_from
        OR (told_at AT TIME ZONE prefs.timezone)::time < prefs.quiet_to
END
"""

# Whether they may interrupt him, a switch a kind; somebody who has chosen nothing may be interrupted.
SETUPS_INTERRUPT = f"coalesce(prefs.notifications_enabled AND prefs.notify_setups AND NOT {_QUIET}, true)"
ALERTS_INTERRUPT = f"coalesce(prefs.notifications_enabled AND prefs.notify_alerts AND NOT {_QUIET}, true)"
ADVICE_INTERRUPTS = f"coalesce(prefs.notifications_enabled AND prefs.notify_position_advice AND NOT {_QUIET}, true)"

_OF_ADVICE = f"""
SELECT news.user_id, {ADVICE_INTERRUPTS}
FROM (SELECT unnest(%(users)s::uuid[]) AS user_id, %(now)s::timestamptz AS told_at) news
LEFT JOIN accounts_preferences prefs ON prefs.user_id = news.user_id
"""  # noqa: S608 -- what is put in stands above


def advice_interrupts(user_ids: Collection[UUID], *, now: datetime) -> dict[UUID, bool]:
    """Return of each trader whether advice on a position may interrupt him now; one statement, none for nobody."""
    if not user_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_OF_ADVICE, {"users": list(user_ids), "now": now})
        return dict(cursor.fetchall())
