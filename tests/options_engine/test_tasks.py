from __future__ import annotations

import pytest

from config.schedule import JOBS, ROUTES
from market import asked_once
from market.errors import ProviderUnavailable
from market.vendors.protocol import CHAIN_S
from options_engine import profiles, tasks
from options_engine.models import GammaSnapshot
from tests.market.fakes import FakeVendor
from tests.options_engine.conftest import spx

pytestmark = pytest.mark.django_db


def test_the_job_makes_the_profiles_that_somebody_needs(vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.update({"SPX", "NVDA"})
    vendor.chains |= {"SPX": spx(), "NVDA": spx("NVDA")}

    assert tasks.refresh_profiles(of_a_newer_release=True) == {"made": 1, "empty": 0, "no_chains": 1, "failed": 0}
    assert GammaSnapshot.objects.get().symbol == "SPX"


def test_a_vendor_without_options_is_no_error(wanted: set[str]) -> None:
    wanted.update({"QQQ", "SPY"})

    assert tasks.refresh_profiles() == {"made": 0, "empty": 0, "no_chains": 2, "failed": 0}


def test_nobody_needing_anything_is_no_work(vendor: FakeVendor, wanted: set[str]) -> None:
    assert tasks.refresh_profiles() == {"made": 0, "empty": 0, "no_chains": 0, "failed": 0}
    assert vendor.calls.total() == 0


def test_a_vendor_that_answers_for_nobody_fails_the_run(vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("QQQ")
    vendor.failing["option_chain QQQ"] = ProviderUnavailable(provider="fake")

    with pytest.raises(ProviderUnavailable):
        tasks.refresh_profiles()


def test_a_vendor_that_answers_for_some_does_not(vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.update({"SPX"})  # and SPY along with it
    vendor.chains["SPX"] = spx()
    vendor.failing["option_chain SPY"] = ProviderUnavailable(provider="fake")

    assert tasks.refresh_profiles() == {"made": 1, "empty": 0, "no_chains": 0, "failed": 1}


def test_the_lease_lasts_for_every_chain_at_its_slowest() -> None:
    at_its_slowest = len(profiles.SYMBOLS) * (asked_once.WAIT_S + CHAIN_S)

    task = tasks.refresh_profiles
    assert at_its_slowest < task.soft_time_limit < task.time_limit <= task.lease_s


def test_every_task_has_a_queue_of_those_that_may_take_their_time() -> None:
    scheduled = {job.task for job in JOBS}

    for task, queue in ((tasks.refresh_profiles, "coach"), (tasks.prune, "ops")):
        assert task.name in scheduled
        assert ROUTES[task.name] == {"queue": queue}
