"""The accounts that a first start comes with."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Tier, User


def ensure_demo(username: str, password: str, *, staff: bool = False) -> User:
    """Return this account with this password and the top tier, made or mended as needed; a second call changes nothing.

    Parameters
    ----------
    username, password : str
        What the start-up prints. An account of this name that has another password gets this one.
    staff : bool
        Whether it may use the admin and see the operator's pages.
    """
    with transaction.atomic():
        user = User.objects.filter(username=username).first() or User(username=username)
        if not user.check_password(password):
            user.set_password(password)
        user.is_active = True
        user.is_staff = user.is_superuser = staff
        user.save()
        top = Membership.starting(user.pk, tier=Tier.ELITE, at=timezone.now())
        Membership.objects.bulk_create([top], ignore_conflicts=True)
    return user
