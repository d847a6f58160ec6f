"""The statements whose cost must not grow with users: each decides and writes for all of them at once."""

from __future__ import annotations

from accounts.notices import ALERTS_INTERRUPT, SETUPS_INTERRUPT

# One detection for everybody who watches its symbol. Who is muted, throttled or spent is decided and recorded in the
# statement that tracks it, so two scans of one bar, or two symbols at one moment, cannot both take the last place.
# `found` returns nothing when the detection is stored already: then every later part does nothing.
# Each part writes in the order of user ids, so that statements of different symbols never wait for each other in a
# circle.
STORE = f"""
WITH found AS (
    INSERT INTO detectors_detectedsetup (
        id, session_date, symbol, setup_type, direction, fingerprint, occurrence, ruleset, source,
        bar_at, detected_at, valid_until, confidence, raw_score, price, description, variant, volume_source,
        signal_data, trade_suggestion, plan, entry, stop, target, plan_rejected, suppressed_reason, created_at
    ) VALUES (
        %(id)s, %(session_date)s, %(symbol)s, %(setup_type)s, %(direction)s, %(fingerprint)s, %(occurrence)s,
        %(ruleset)s, %(source)s, %(bar_at)s, %(detected_at)s, %(valid_until)s, %(confidence)s, %(confidence)s,
        %(price)s, %(description)s, %(variant)s, %(volume_source)s, %(signal_data)s, %(trade_suggestion)s, %(plan)s,
        %(entry)s, %(stop)s, %(target)s, %(plan_rejected)s, %(suppressed_reason)s, %(now)s
    )
    ON CONFLICT DO NOTHING
    RETURNING id
),
watcher AS (
    -- Traders with the symbol on their default list, less those who do not want to hear of this kind.
    SELECT follows.user_id
    FROM found
    CROSS JOIN market_following follows
    LEFT JOIN accounts_preferences prefs ON prefs.user_id = follows.user_id
    WHERE %(suppressed_reason)s::text IS NULL
      AND follows.symbol = %(symbol)s AND follows.auto_track
      AND %(setup_type)s <> ALL (coalesce(prefs.muted_types, '{{}}'))
      AND %(confidence)s >= coalesce(prefs.min_confidence, 0)
      AND (%(variant)s::integer IS NULL OR %(variant)s = coalesce(prefs.orb_period, %(default_variant)s))
),
heard AS (
    -- One in five minutes and six a session, for each trader and symbol.
    INSERT INTO detectors_hearing AS gate (user_id, symbol, session_date, used, next_allowed_at)
    SELECT user_id, %(symbol)s, %(session_date)s, 1, %(next_allowed_at)s FROM watcher ORDER BY user_id
    ON CONFLICT (user_id, symbol) DO UPDATE SET
        session_date = excluded.session_date,
        next_allowed_at = excluded.next_allowed_at,
        used = CASE WHEN gate.session_date = excluded.session_date THEN gate.used + 1 ELSE 1 END
    WHERE gate.next_allowed_at <= %(detected_at)s
      AND (gate.session_date <> excluded.session_date OR gate.used < %(most_a_symbol)s)
    RETURNING user_id
),
spent AS (
    -- Twenty a session over all symbols; after `heard`, so that only hearers pay.
    INSERT INTO detectors_attention AS gate (user_id, session_date, used)
    SELECT user_id, %(session_date)s, 1 FROM heard ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET
        session_date = excluded.session_date,
        used = CASE WHEN gate.session_date = excluded.session_date THEN gate.used + 1 ELSE 1 END
    WHERE gate.session_date <> excluded.session_date OR gate.used < %(most_a_session)s
    RETURNING user_id
),
made AS (
    -- The plan stays on the detection: a row here copies only what automation compares.
    INSERT INTO detectors_trackedsetup (
        id, user_id, detected_setup_id, source_opportunity_id, symbol, setup_type, direction, status, origin, notes,
        entry, stop, target, interrupt, valid_until, tracked_at, created_at, updated_at
    )
    -- pure.identity.tracked_id, written inline: a SQL function would be called row by row.
    -- Preferences again, by their index, rather than carried here: joining two parts whose sizes the planner cannot
    -- know takes seconds for ten thousand watchers when it guesses one of each.
    SELECT (%(id_prefix)s || left(md5(%(id)s::text || ':' || spent.user_id), 15))::uuid, spent.user_id,
        %(id)s, %(id)s::text, %(symbol)s, %(setup_type)s, %(tracking_direction)s, 'active', 'auto', %(notes)s,
        %(entry)s, %(stop)s, %(target)s, {SETUPS_INTERRUPT}, %(valid_until)s, %(detected_at)s, %(now)s, %(now)s
    FROM spent
    CROSS JOIN (SELECT %(detected_at)s::timestamptz AS told_at) news
    LEFT JOIN accounts_preferences prefs ON prefs.user_id = spent.user_id
    ORDER BY spent.user_id
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM made)
"""  # noqa: S608 -- what is put in stands above

# The cursor of a symbol, made at its first scan and locked until the transaction ends.
LOCK_CURSOR = """
INSERT INTO detectors_symbolcursor AS cursor (symbol, session_date, scanned_ts, moved_ts, extended_ts)
VALUES (%(symbol)s, %(session_date)s, 0, 0, 0)
ON CONFLICT (symbol) DO UPDATE SET symbol = excluded.symbol
RETURNING cursor.session_date, cursor.scanned_ts, cursor.moved_ts, cursor.extended_ts
"""

# What some completed bars of one symbol do to everybody's active setups; `pure.lifecycle.move_of` in SQL. Each setup
# takes the first bar that touches it. Locks are taken in the order of ids, as the bulk route does.
MOVE = """
WITH bars AS (
    SELECT * FROM unnest(%(ts)s::bigint[], %(high)s::float8[], %(low)s::float8[], %(close)s::float8[])
        AS bar (ts, high, low, close)
),
hit AS (
    SELECT setup.id, touch.ts, touch.close, touch.stopped
    FROM detectors_trackedsetup setup
    CROSS JOIN LATERAL (
        SELECT bar.ts, bar.close,
            CASE setup.direction WHEN 'bullish' THEN bar.low <= setup.stop ELSE bar.high >= setup.stop END AS stopped
        FROM bars bar
        WHERE to_timestamp(bar.ts) >= greatest(setup.tracked_at, setup.rearmed_at)
          AND (setup.valid_until IS NULL OR to_timestamp(bar.ts) < setup.valid_until)
          AND CASE setup.direction
                WHEN 'bullish' THEN bar.low <= setup.stop OR bar.high >= setup.target
                WHEN 'bearish' THEN bar.high >= setup.stop OR bar.low <= setup.target
                ELSE false
              END
        ORDER BY bar.ts
        LIMIT 1
    ) touch
    WHERE setup.symbol = %(symbol)s AND setup.status = 'active'
      -- Again: a row that its trader archived and reopened while this waited for it is judged by what it is now.
      AND to_timestamp(touch.ts) >= greatest(setup.tracked_at, setup.rearmed_at)
    ORDER BY setup.id
    FOR UPDATE OF setup
)
UPDATE detectors_trackedsetup setup SET
    status = CASE WHEN hit.stopped THEN 'invalidated' ELSE 'triggered' END,
    resolution = CASE WHEN hit.stopped THEN 'stop_loss_hit' ELSE 'target_reached' END,
    triggered_at = CASE WHEN hit.stopped THEN NULL ELSE to_timestamp(hit.ts + 60) END,
    invalidated_at = CASE WHEN hit.stopped THEN to_timestamp(hit.ts + 60) END,
    last_triggered_at = CASE WHEN hit.stopped THEN setup.last_triggered_at ELSE to_timestamp(hit.ts + 60) END,
    last_invalidated_at = CASE WHEN hit.stopped THEN to_timestamp(hit.ts + 60) ELSE setup.last_invalidated_at END,
    updated_at = %(now)s
FROM hit
WHERE setup.id = hit.id
RETURNING setup.id, setup.user_id, setup.symbol, setup.setup_type, setup.direction, setup.origin, setup.interrupt,
    setup.detected_setup_id, setup.entry, setup.stop, setup.target, setup.status, setup.resolution, hit.ts, hit.close
"""

# What some completed bars of one symbol do to everybody's active alerts; `pure.alert_rules.first_firing` in SQL. Each
# alert takes the first bar that fires it. Locks are taken in the order of ids.
TRIGGER = f"""
WITH bars AS (
    SELECT *, to_timestamp(ts) AS opened_at, to_timestamp(ts + 60) AS told_at
    FROM unnest(
        %(ts)s::bigint[], %(high)s::float8[], %(low)s::float8[], %(close)s::float8[], %(previous)s::float8[],
        %(ratio)s::float8[]
    ) AS bar (ts, high, low, close, previous, ratio)
),
hit AS (
    SELECT alert.id, fires.ts, fires.told_at, fires.close, fires.ratio, {ALERTS_INTERRUPT} AS interrupt,
        CASE alert.alert_type
            WHEN 'price_above' THEN 'traded_above'
            WHEN 'price_below' THEN 'traded_below'
            WHEN 'level_approach' THEN 'came_near'
            WHEN 'level_break' THEN CASE WHEN fires.close > alert.target_value THEN 'broke_up' ELSE 'broke_down' END
            ELSE 'volume_spike'
        END AS reason,
        CASE alert.alert_type
            WHEN 'price_above' THEN fires.high
            WHEN 'price_below' THEN fires.low
            WHEN 'level_approach' THEN least(greatest(alert.target_value, fires.low), fires.high)
            ELSE fires.close
        END AS price
    FROM detectors_alert alert
    CROSS JOIN LATERAL (
        SELECT bar.*
        FROM bars bar
        WHERE bar.opened_at >= greatest(alert.created_at, alert.rearmed_at)
          AND (alert.expires_at IS NULL OR bar.opened_at < alert.expires_at)
          AND CASE alert.alert_type
                WHEN 'price_above' THEN bar.high > alert.target_value
                WHEN 'price_below' THEN bar.low < alert.target_value
                WHEN 'level_approach' THEN
                    bar.low < alert.target_value * (1 + coalesce(alert.tolerance_pct, %(approach_pct)s) / 100)
                    AND bar.high > alert.target_value * (1 - coalesce(alert.tolerance_pct, %(approach_pct)s) / 100)
                WHEN 'level_break' THEN
                    CASE WHEN coalesce(nullif(alert.armed_price, alert.target_value), bar.previous) < alert.target_value
                        THEN bar.close >= alert.target_value * (1 + %(break_pct)s / 100)
                        WHEN coalesce(nullif(alert.armed_price, alert.target_value), bar.previous) > alert.target_value
                        THEN bar.close <= alert.target_value * (1 - %(break_pct)s / 100)
                    END
                ELSE bar.ratio >= CASE
                    WHEN alert.target_value > 1 AND alert.target_value <= %(largest_multiple)s THEN alert.target_value
                    ELSE %(multiple)s
                END
              END
        ORDER BY bar.ts
        LIMIT 1
    ) fires
    LEFT JOIN accounts_preferences prefs ON prefs.user_id = alert.user_id
    WHERE alert.symbol = %(symbol)s AND alert.status = 'active'
      -- Again: a row that its trader changed while this waited for it waits for bars of its own.
      AND fires.opened_at >= greatest(alert.created_at, alert.rearmed_at)
    ORDER BY alert.id
    FOR UPDATE OF alert
)
UPDATE detectors_alert alert SET
    status = 'triggered', condition_met = true, triggered_at = hit.told_at, trigger_reason = hit.reason,
    trigger_price = hit.price, notification_sent = ('in-app' = ANY (alert.notification_channels))
FROM hit
WHERE alert.id = hit.id
RETURNING alert.id, alert.user_id, alert.symbol, alert.alert_type, alert.target_value, alert.tolerance_pct, alert.notes,
    alert.triggered_at, alert.trigger_reason, alert.trigger_price, hit.ts, hit.close, hit.ratio, hit.interrupt
"""  # noqa: S608 -- what is put in stands above

# Whether an alert that fires now may interrupt its trader.
MAY_INTERRUPT = f"""
SELECT {ALERTS_INTERRUPT} AS interrupt
FROM (SELECT %(user_id)s::uuid AS user_id, %(now)s::timestamptz AS told_at) news
LEFT JOIN accounts_preferences prefs ON prefs.user_id = news.user_id
"""  # noqa: S608 -- what is put in stands above

# Alerts whose time is over, once the last bar inside their window has been read; or when none is to be expected.
EXPIRE_ALERTS = """
WITH over AS (
    SELECT alert.id
    FROM detectors_alert alert
    LEFT JOIN detectors_symbolcursor cursor ON cursor.symbol = alert.symbol
    WHERE alert.status = 'active' AND alert.expires_at <= %(now)s
      AND (
        alert.expires_at <= %(give_up)s
        OR to_timestamp(greatest(cursor.moved_ts, cursor.extended_ts) + 60) >= alert.expires_at
      )
    ORDER BY alert.id
    LIMIT %(most)s
    FOR UPDATE OF alert SKIP LOCKED
)
UPDATE detectors_alert alert SET status = 'cancelled', expired_at = %(now)s
FROM over
WHERE alert.id = over.id
RETURNING alert.id, alert.user_id, alert.symbol, alert.alert_type, alert.target_value, alert.tolerance_pct, alert.notes
"""

# Ideas whose time is over, once the last bar inside their window has been read; or when it does not come.
EXPIRE = """
WITH over AS (
    SELECT setup.id
    FROM detectors_trackedsetup setup
    LEFT JOIN detectors_symbolcursor cursor ON cursor.symbol = setup.symbol
    WHERE setup.status = 'active' AND setup.valid_until <= %(now)s
      AND (setup.valid_until <= %(give_up)s OR to_timestamp(cursor.moved_ts + 60) >= setup.valid_until)
    ORDER BY setup.id
    LIMIT %(most)s
    FOR UPDATE OF setup SKIP LOCKED
)
UPDATE detectors_trackedsetup setup SET
    status = 'archived', resolution = 'expired', triggered_at = NULL, invalidated_at = NULL, updated_at = %(now)s
FROM over
WHERE setup.id = over.id
RETURNING setup.id, setup.user_id, setup.symbol, setup.setup_type, setup.direction, setup.origin,
    setup.detected_setup_id, setup.entry, setup.stop, setup.target, setup.status
"""

# The ends of some detections; one that is written stays as it is.
RESOLVE = """
UPDATE detectors_detectedsetup found SET
    outcome = ending.outcome, outcome_data = ending.outcome_data, resolved_at = %(now)s
FROM unnest(%(id)s::uuid[], %(outcome)s::text[], %(outcome_data)s::jsonb[]) AS ending (id, outcome, outcome_data)
WHERE found.id = ending.id AND found.outcome IS NULL
"""
