from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.schedule import JOBS, ROUTES, Every
from market import feed, vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from positions import tasks
from positions.models import Mark
from tests.positions.conftest import TEN, Opener
from tests.positions.market import QuotedMarket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    made = QuotedMarket()
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


def test_the_job_values_what_is_open(market: QuotedMarket, opens: Opener) -> None:
    opens(("+1C5900", "80"))
    market.quote("+1C5900", 90.0, 90.4, at=TEN)

    done = tasks.track(of_a_newer_release=True)

    assert done == {
        "positions": 1,
        "users": 1,
        "underlyings": 1,
        "contracts": 1,
        "moved": 1,
        "stored": 1,
        "stale": 0,
        "failed": 0,
        "missing": 0,
    }
    assert Mark.objects.count() == 1


def test_nothing_open_is_no_work(market: QuotedMarket) -> None:
    assert set(tasks.track().values()) == {0}
    assert market.asked == []


def test_a_vendor_that_answers_for_nobody_fails_the_run_and_the_rows_say_stale(
    market: QuotedMarket, opens: Opener, now: Standing
) -> None:
    opens(("+1C5900", "80"))
    market.quote("+1C5900", 90.0, 90.4, at=TEN)
    tasks.track()
    value = Mark.objects.get().value
    market.away = {"SPXW"}
    now.forward(seconds=15)

    with pytest.raises(ProviderUnavailable):
        tasks.track()

    assert (Mark.objects.get().value, Mark.objects.get().stale) == (value, True)


def test_it_runs_as_often_as_the_contract_says_one_at_a_time() -> None:
    (job,) = [job for job in JOBS if job.task == "positions.track"]
    task = tasks.track

    assert job.when == Every(pre=15, open=15, after=15, closed=60, offset_s=4)
    assert (job.wire_name, ROUTES[job.task]) == ("position_tracker_worker", {"queue": "positions"})
    assert task.soft_time_limit < task.time_limit <= task.lease_s
    assert task.expires <= job.when.fastest
