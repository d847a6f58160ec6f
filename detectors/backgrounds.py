"""Gathering what detectors know of a session beside its bars."""

from __future__ import annotations

import numpy as np

from detectors.pure.background import Background
from market import openings
from market.pure.panel import Panel
from market.pure.sessions import Session
from options_engine import profiles


def of(panel: Panel, session: Session) -> Background:
    """Return levels, gaps and gamma profiles of a panel's symbols; what nobody can tell is missing."""
    known = openings.of(panel.symbols, session.date)
    early = {"PMH": panel.premarket_high, "PML": panel.premarket_low}
    levels = {
        symbol: opening.levels
        | {label: float(prices[row]) for label, prices in early.items() if np.isfinite(prices[row])}
        for row, symbol in enumerate(panel.symbols)
        if (opening := known.get(symbol)) is not None
    }
    return Background(
        levels=levels,
        gaps={symbol: opening.gaps for symbol, opening in known.items()},
        profiles=profiles.of_session(panel.symbols, session),
    )
