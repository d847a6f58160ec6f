from __future__ import annotations

import pytest
from django.test import override_settings

from accounts.models import User
from config.http.errors import InvalidInput
from positions import checks, thresholds
from positions.models import AdviceThresholds
from positions.pure.thresholds import Thresholds
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_a_trader_without_his_own_has_those_of_the_installation(trader: User) -> None:
    assert thresholds.of_traders([trader.pk]) == {trader.pk: Thresholds()}
    with override_settings(ADVICE_THRESHOLDS={"profit_pct": 60}):
        assert thresholds.of_traders([trader.pk]) == {trader.pk: Thresholds(profit_pct=60.0)}


def test_his_own_go_before_those_of_the_installation(trader: User) -> None:
    other = UserFactory()
    with override_settings(ADVICE_THRESHOLDS={"profit_pct": 60, "loss_pct": -40}):
        thresholds.set_own(trader.pk, {"profit_pct": 30})
        found = thresholds.of_traders([trader.pk, other.pk])

    assert found[trader.pk] == Thresholds(profit_pct=30.0, loss_pct=-40.0)
    assert found[other.pk] == Thresholds(profit_pct=60.0, loss_pct=-40.0)


def test_what_makes_no_sense_is_refused(trader: User) -> None:
    with pytest.raises(InvalidInput):
        thresholds.set_own(trader.pk, {"loss_pct": 40})

    assert not AdviceThresholds.objects.exists()


def test_what_another_release_has_written_does_not_silence_the_advisor(trader: User) -> None:
    AdviceThresholds.objects.create(user=trader, values={"of_the_future": 3})

    assert thresholds.of_traders([trader.pk]) == {trader.pk: Thresholds()}


def test_wrong_thresholds_of_the_installation_are_said_at_the_start() -> None:
    assert checks.check() == []
    with override_settings(ADVICE_THRESHOLDS={"profit": 60}):
        (error,) = checks.check()
    assert error.id == "positions.E001"
