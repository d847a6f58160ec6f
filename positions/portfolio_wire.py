"""A portfolio as the wire tells it: the contract's names where it has them, with members of our own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from positions.pure import portfolio, scenarios
from positions.pure.facts import PositionFacts
from positions.pure.portfolio import Net
from positions.pure.snapshot import CENT, NOBODY_KNOWS, UNLIMITED

PLACES = {"delta": 2, "gamma": 4, "theta": 2, "vega": 2, "rho": 2}


def told(held: Sequence[PositionFacts]) -> dict[str, Any]:
    """Return what positions are together."""
    whole, grid = portfolio.of(held), scenarios.of(held)
    return {
        **_net(whole.net),
        "risk": {
            "maxLoss": _limit(whole.max_loss, known=whole.limits_known),
            "maxGain": _limit(whole.max_gain, known=whole.limits_known),
            "buyingPowerUsed": _money(whole.net.cost),
        },
        "riskAssessment": {"overall": whole.assessment.level, "warnings": list(whole.assessment.warnings)},
        "byUnderlying": [{"symbol": symbol, **_net(net)} for symbol, net in whole.by_underlying],
        "byExpiry": [{"expiry": day, **_net(net)} for day, net in whole.by_expiry],
        "scenarios": [
            {
                "spotPct": round(100 * each.spot_move, 2),
                "volatilityPoints": round(100 * each.volatility_move, 2),
                "horizon": each.horizon.value,
                "pnl": round(each.pnl, 2) + 0.0,
            }
            for each in grid.scenarios
        ],
        "scenariosLeftOut": grid.left_out,
    }


def _net(net: Net) -> dict[str, Any]:
    return {
        "count": net.positions,
        "unpriced": net.unpriced,
        "stale": net.stale,
        "totalValue": _money(net.exposure),
        "netLiq": _money(net.net_liq),
        "totalCostBasis": _money(net.cost),
        "totalPnl": _money(net.unrealised),
        "totalPnlPct": round(net.pnl_pct, 2),
        "realizedPnl": _money(net.realised),
        "fees": _money(net.fees),
        "portfolioGreeks": {name: round(getattr(net.greeks, name) or 0.0, places) for name, places in PLACES.items()},
        "greeksUnknown": net.unread,
        "dollarDelta": round(net.dollar_delta, 2),
        "dollarGamma1Pct": round(net.dollar_gamma_1pct, 2),
    }


def _limit(amount: Decimal | None, *, known: bool) -> float | str:
    if amount is None:
        return UNLIMITED
    return _money(amount) if known else NOBODY_KNOWS


def _money(amount: Decimal) -> float:
    return float(amount.quantize(CENT, ROUND_HALF_UP))
