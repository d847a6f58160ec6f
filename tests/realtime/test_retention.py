from datetime import timedelta

import pytest
from django.utils import timezone

from realtime import log, retention, tasks
from realtime.models import Event, Retention
from realtime.retention import KEPT_FOR, prune
from tests.factories.accounts import UserFactory
from tests.factories.realtime import EventFactory

pytestmark = pytest.mark.django_db


def written(days_ago, **fields):
    return EventFactory(written_at=timezone.now() - timedelta(days=days_ago), **fields)


def test_what_is_older_than_ninety_days_goes_and_the_last_id_is_remembered(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)  # several transactions
    user = UserFactory()
    old = [written(days, user=user) for days in (120, 110, 100, 95, 91)]
    kept = [written(days, user=user) for days in (89, 0)]

    assert prune() == 5

    assert list(Event.objects.order_by("id")) == kept
    assert Retention.objects.get().removed_upto == old[-1].pk


def test_a_second_run_changes_nothing():
    written(100)
    prune()
    remembered = Retention.objects.values().get()

    assert prune() == 0
    assert Retention.objects.values().get() == remembered


def test_an_empty_log_is_fine():
    assert prune() == 0
    assert not Retention.objects.exists()


def test_when_everything_went_an_old_client_reloads_and_a_current_one_does_not():
    user = UserFactory()
    last = [written(100, user=user), written(99, user=user)][-1]
    prune()

    assert log.newest() == last.pk
    assert log.replay(user.pk, ["setups"], since=last.pk - 1, upto=last.pk) is None
    assert log.replay(user.pk, ["setups"], since=last.pk, upto=last.pk) == []


def test_users_are_removed_with_their_events():
    event = EventFactory()

    event.user.delete()

    assert not Event.objects.exists()


def test_the_task_says_how_much_it_removed(caplog):
    caplog.set_level("INFO")
    written(KEPT_FOR.days + 1)

    tasks.prune(unknown="of a newer release")

    [record] = [record for record in caplog.records if record.message == "realtime.prune.done"]
    assert record.removed == 1
