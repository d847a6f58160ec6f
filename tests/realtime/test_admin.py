import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.realtime import EventFactory

pytestmark = pytest.mark.django_db
LIST = "admin:realtime_event_changelist"


@pytest.fixture
def event():
    return EventFactory(symbol="NDX")


def test_operators_find_events_by_symbol_user_and_subject(admin_client, event):
    EventFactory(symbol="SPX")
    for asked in ("NDX", event.user.username, str(event.subject)):
        page = admin_client.get(reverse(LIST), {"q": asked})
        assert list(page.context["cl"].queryset) == [event]


@pytest.mark.parametrize(("audience", "count"), [("one", 1), ("shared", 1), ("", 2)])
def test_own_and_shared_events_can_be_told_apart(admin_client, event, audience, count):
    EventFactory(user=None)

    page = admin_client.get(reverse(LIST), {"audience": audience} if audience else {})

    assert page.context["cl"].queryset.count() == count


def test_the_log_can_be_read_but_neither_written_nor_changed(admin_client, event):
    assert admin_client.get(reverse("admin:realtime_event_change", args=[event.pk])).status_code == 200
    assert admin_client.get(reverse("admin:realtime_event_add")).status_code == 403
    assert (
        admin_client.post(reverse("admin:realtime_event_change", args=[event.pk]), {"symbol": "X"}).status_code == 403
    )
    assert (
        admin_client.post(reverse("admin:realtime_event_delete", args=[event.pk]), {"post": "yes"}).status_code == 403
    )


def test_the_list_costs_the_same_queries_for_one_event_as_for_many(admin_client, event, django_assert_max_num_queries):
    EventFactory.create_batch(5)

    with django_assert_max_num_queries(12):
        admin_client.get(reverse(LIST))


def test_a_user_can_be_deleted_together_with_his_events(admin_client, event):
    path = reverse("admin:accounts_user_delete", args=[event.user.pk])
    page = admin_client.get(path)

    assert page.status_code == 200
    assert "realtime" not in str(page.context["perms_lacking"])
    assert UserFactory._meta.model.objects.filter(pk=event.user.pk).exists()
