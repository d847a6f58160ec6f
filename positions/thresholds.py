"""The advisor's thresholds: those of the installation, and what a trader has set otherwise."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from uuid import UUID

from django.conf import settings

from config.http.errors import InvalidInput
from positions.models import AdviceThresholds
from positions.pure.thresholds import Thresholds

logger = logging.getLogger(__name__)


def usual() -> Thresholds:
    """Return the thresholds of the installation.

    Raises
    ------
    ValueError
        If ADVICE_THRESHOLDS names something that is none, or a number that makes no sense.
    """
    return Thresholds().overridden(settings.ADVICE_THRESHOLDS)


def of_traders(user_ids: Collection[UUID]) -> dict[UUID, Thresholds]:
    """Return the thresholds of each of these traders, with one query."""
    default = usual()
    own = dict(AdviceThresholds.objects.filter(user_id__in=user_ids).values_list("user_id", "values"))
    return {user_id: _with(default, own.get(user_id, {}), user_id) for user_id in user_ids}


def set_own(user_id: UUID, values: Mapping[str, object]) -> Thresholds:
    """Replace what a trader has set otherwise, and return what holds for him then.

    Raises
    ------
    InvalidInput
        If a name is no threshold, or its value makes no sense.
    """
    try:
        made = usual().overridden(values)
    except ValueError as refused:
        raise InvalidInput(issues=[str(refused)]) from None
    AdviceThresholds.objects.update_or_create(user_id=user_id, defaults={"values": dict(values)})
    return made


def _with(default: Thresholds, own: Mapping[str, object], user_id: UUID) -> Thresholds:
    try:
        return default.overridden(own)
    except ValueError as refused:
        # Written by another release: what cannot be understood must not silence the advisor for him.
        logger.warning("positions.thresholds.unusable", extra={"user": str(user_id), "why": str(refused)})
        return default
