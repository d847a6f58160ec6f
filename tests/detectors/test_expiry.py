from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detectors import expiry
from detectors.models import Alert, TrackedSetup
from tests.detectors.conftest import told
from tests.detectors.sessions import OPEN_TS
from tests.factories.detectors import AlertFactory, SymbolCursorFactory, TrackedSetupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

END = datetime.fromtimestamp(OPEN_TS + 60 * 60, UTC)
LAST_BAR_TS = OPEN_TS + 59 * 60


@pytest.mark.parametrize(
    ("read_upto", "after_s", "archived"),
    [
        (LAST_BAR_TS, -1, 0),  # its time is not over
        (LAST_BAR_TS, 0, 1),
        (LAST_BAR_TS, 3, 1),
        (LAST_BAR_TS - 60, 3, 0),  # the last bar inside the window may still move it
        (LAST_BAR_TS - 60, 179, 0),
        (LAST_BAR_TS - 60, 180, 1),  # it did not come
        (None, 180, 1),
    ],
)
def test_a_setup_is_archived_once_its_last_bar_was_read(read_upto: int | None, after_s: int, archived: int) -> None:
    TrackedSetupFactory.create(valid_until=END)
    if read_upto is not None:
        SymbolCursorFactory.create(moved_ts=read_upto)

    assert expiry.expire(END + timedelta(seconds=after_s)) == archived


def test_its_trader_is_told_and_the_row_says_why() -> None:
    row = TrackedSetupFactory.create(valid_until=END)
    now = END + timedelta(minutes=4)

    expiry.expire(now)

    row.refresh_from_db()
    assert (row.status, row.resolution, row.updated_at) == ("archived", "expired", now)
    (event,) = told()
    assert (event.type, event.user_id, event.subject, event.created_at) == ("setup_changed", row.user_id, row.id, now)
    assert event.payload == {
        "setupId": str(row.id),
        "userId": str(row.user_id),
        "symbol": "SPY",
        "setupType": "orb_breakout",
        "previousStatus": "active",
        "status": "archived",
        "reason": "expired",
        "changedAt": "2026-02-09T15:34:00Z",
    }
    assert event.facts["actor"] == "time"


@pytest.mark.parametrize("change", [{"valid_until": None}, {"status": "triggered"}, {"status": "archived"}])
def test_what_has_no_end_or_is_over_stays(change: dict[str, object]) -> None:
    TrackedSetupFactory.create(**{"valid_until": END, **change})

    assert expiry.expire(END + timedelta(days=1)) == 0


def test_expiring_twice_tells_once() -> None:
    TrackedSetupFactory.create(valid_until=END)

    assert [expiry.expire(END + timedelta(minutes=5)) for _ in range(2)] == [1, 0]
    assert len(told()) == 1


def test_more_than_a_batch_is_archived_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "BATCH", 2)
    TrackedSetupFactory.create_batch(5, valid_until=END)

    assert expiry.expire(END + timedelta(minutes=5)) == 5
    assert TrackedSetup.objects.active().count() == 0


class TestAlerts:
    """An alert that runs out is cancelled, once the last bar inside its time has been read."""

    @pytest.mark.parametrize(
        ("read", "after_s", "cancelled"),
        [
            ({"moved_ts": LAST_BAR_TS}, -1, 0),  # its time is not over
            ({"moved_ts": LAST_BAR_TS}, 0, 1),
            ({"extended_ts": LAST_BAR_TS}, 0, 1),
            ({"moved_ts": LAST_BAR_TS - 60, "extended_ts": LAST_BAR_TS - 7_200}, 179, 0),
            ({"moved_ts": LAST_BAR_TS - 60}, 180, 1),  # the bar did not come
            (None, 179, 0),
            (None, 180, 1),
        ],
    )
    def test_it_is_cancelled_once_its_last_bar_was_read(
        self, read: dict[str, int] | None, after_s: int, cancelled: int
    ) -> None:
        AlertFactory.create(expires_at=END)
        if read is not None:
            SymbolCursorFactory.create(**read)

        assert expiry.expire_alerts(END + timedelta(seconds=after_s)) == cancelled

    def test_where_nothing_trades_no_bar_is_waited_for(self) -> None:
        midnight = datetime(2026, 2, 10, 5, 0, tzinfo=UTC)
        AlertFactory.create(expires_at=midnight)

        assert [expiry.expire_alerts(midnight + timedelta(seconds=s)) for s in (-1, 0)] == [0, 1]

    def test_the_last_bar_of_after_hours_is_waited_for(self) -> None:
        evening = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)  # 20:00 in New York
        AlertFactory.create(expires_at=evening)

        assert [expiry.expire_alerts(evening + timedelta(seconds=s)) for s in (60, 180)] == [0, 1]

    def test_its_trader_is_told_and_the_row_says_why(self) -> None:
        row = AlertFactory.create(expires_at=END)
        now = END + timedelta(minutes=4)

        expiry.expire_alerts(now)

        row.refresh_from_db()
        assert (row.status, row.expired_at, row.triggered_at) == ("cancelled", now, None)
        (event,) = told()
        assert (event.type, event.user_id, event.subject, event.created_at) == (
            "alert_changed", row.user_id, row.id, now,
        )  # fmt: skip
        assert event.payload == {
            "alertId": str(row.id),
            "userId": str(row.user_id),
            "symbol": "SPY",
            "type": "price_above",
            "targetValue": 105,
            "previousStatus": "active",
            "status": "cancelled",
            "reason": "expired",
            "changedAt": "2026-02-09T15:34:00Z",
        }
        assert event.facts["actor"] == "time"

    @pytest.mark.parametrize("change", [{"expires_at": None}, {"status": "cancelled"}])
    def test_what_has_no_end_or_is_over_stays(self, change: dict[str, object]) -> None:
        AlertFactory.create(**{"expires_at": END, **change})

        assert expiry.expire_alerts(END + timedelta(days=1)) == 0

    def test_more_than_a_batch_ends_in_one_run_and_is_told_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(expiry, "BATCH", 2)
        AlertFactory.create_batch(5, expires_at=END)

        assert [expiry.expire_alerts(END + timedelta(minutes=5)) for _ in range(2)] == [5, 0]
        assert (Alert.objects.active().count(), len(told())) == (0, 5)
