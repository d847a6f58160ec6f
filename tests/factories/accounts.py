"""Made-up users, memberships and preferences."""

from __future__ import annotations

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Membership, Preferences, Tier, User
from accounts.pure import periods


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A trader. Without `password=` there is nothing to hash and no sign-in by form: use `force_login` or a token."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"trader{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.Transformer("!", transform=lambda raw: raw if raw == "!" else make_password(raw))


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    """A plan whose period began a moment ago, unless `period_start` says otherwise."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    tier = Tier.PRO
    period_start = factory.LazyFunction(timezone.now)
    billing_day = factory.LazyAttribute(lambda plan: plan.period_start.day)
    period_end = factory.LazyAttribute(lambda plan: periods.next_end(plan.period_start, billing_day=plan.billing_day))


class PreferencesFactory(factory.django.DjangoModelFactory[Preferences]):
    """A stored row of defaults."""

    class Meta:
        model = Preferences

    user = factory.SubFactory(UserFactory)
