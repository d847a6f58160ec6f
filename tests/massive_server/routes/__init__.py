"""Every address that the server answers."""

from __future__ import annotations

from tests.massive_server.routes import (
    aggregates,
    alpha_vantage,
    announced,
    indicators,
    market_status,
    options,
    reference,
    snapshots,
)
from tests.massive_server.routes.question import Route

ROUTES: tuple[Route, ...] = (
    *aggregates.ROUTES,
    *alpha_vantage.ROUTES,
    *announced.ROUTES,
    *indicators.ROUTES,
    *market_status.ROUTES,
    *options.ROUTES,
    *reference.ROUTES,
    *snapshots.ROUTES,
)
