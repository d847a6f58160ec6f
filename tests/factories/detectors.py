"""Detections, tracked setups and alerts."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from detectors.models import Alert, Attention, DetectedSetup, Hearing, SymbolCursor, TrackedSetup
from tests.factories.accounts import UserFactory

DAY = date(2026, 2, 9)
AT_TEN = datetime(2026, 2, 9, 15, 0, tzinfo=UTC)  # 10:00 in New York
CLOSE = datetime(2026, 2, 9, 21, 0, tzinfo=UTC)
SUGGESTED_TRADE = {"strategy": "orb breakout", "entry": 101.2, "stopLoss": 98.1, "target": 104.8}


class DetectedSetupFactory(DjangoModelFactory):
    """A breakout of SPY at 10:00 with the plan of the golden vector."""

    class Meta:
        model = DetectedSetup

    id = factory.LazyFunction(uuid.uuid4)
    session_date = DAY
    symbol = "SPY"
    setup_type = "orb_breakout"
    direction = "long"
    fingerprint = factory.Sequence(lambda n: f"15:long:{n}")
    ruleset = "rs1"
    bar_at = datetime(2026, 2, 9, 14, 59, tzinfo=UTC)
    detected_at = AT_TEN
    valid_until = CLOSE
    confidence = 81
    raw_score = 81
    price = 101.2
    description = "SPY closed above the high of its opening range"
    variant = 15
    volume_source = "SPY"
    signal_data = factory.LazyFunction(lambda: {"orbPeriodMinutes": 15, "volumeRatio": 3.56, "atrRatio": None})
    trade_suggestion = factory.LazyFunction(lambda: dict(SUGGESTED_TRADE))
    plan = factory.LazyFunction(
        lambda: {
            "entry": {"price": 101.2, "trigger": "close_above_range"},
            "stopLoss": {"price": 98.1, "riskPoints": 3.1, "riskDollars": 310.0},
            "targets": [{"price": 104.8, "rewardPoints": 3.6, "riskRewardRatio": 1.16}],
            "positionSize": {"contractsFor100Risk": 0},
        }
    )
    entry = 101.2
    stop = 98.1
    target = 104.8
    created_at = AT_TEN


class TrackedSetupFactory(DjangoModelFactory):
    """A bullish idea of SPY that a trader began to track by hand at 10:00."""

    class Meta:
        model = TrackedSetup

    user = factory.SubFactory(UserFactory)
    symbol = "SPY"
    setup_type = "orb_breakout"
    direction = "bullish"
    opportunity_data = factory.LazyFunction(lambda: {"suggestedTrade": dict(SUGGESTED_TRADE)})
    entry = 101.2
    stop = 98.1
    target = 104.8
    tracked_at = AT_TEN
    created_at = factory.SelfAttribute("tracked_at")
    updated_at = factory.SelfAttribute("tracked_at")


class AlertFactory(DjangoModelFactory):
    """An alert that a trader set at 10:00 on SPY above 105, with the price at 101."""

    class Meta:
        model = Alert

    user = factory.SubFactory(UserFactory)
    symbol = "SPY"
    alert_type = "price_above"
    target_value = 105
    armed_price = 101
    created_at = AT_TEN


class HearingFactory(DjangoModelFactory):
    class Meta:
        model = Hearing

    user = factory.SubFactory(UserFactory)
    symbol = "SPY"
    session_date = DAY
    used = 1
    next_allowed_at = AT_TEN


class AttentionFactory(DjangoModelFactory):
    class Meta:
        model = Attention

    user = factory.SubFactory(UserFactory)
    session_date = DAY
    used = 1


class SymbolCursorFactory(DjangoModelFactory):
    class Meta:
        model = SymbolCursor

    symbol = "SPY"
    session_date = DAY
    scanned_ts = 0
    moved_ts = 0
