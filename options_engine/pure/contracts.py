"""When option contracts end, and how far away that is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats, Ints
from market.pure.sessions import Session, make_session

Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
Texts = npt.NDArray[np.str_]

YEAR_S: Final = 365.0 * 86_400.0
LEAST_S: Final = 60.0  # an option that has not expired has at least a minute to go
# Roots that settle on the opening prices of their expiry date; their weekly twins (SPXW, NDXP, RUTW) on closing prices.
AM_ROOTS: Final = ("SPX", "NDX", "RUT", "DJX", "VIX", "VIXW")


def settles_at_open(root: Texts) -> Bools:
    """Say which roots are AM-settled. Shape of `root`."""
    return np.isin(root, AM_ROOTS)


def expires_ts(expiry: Days, at_open: Bools, sessions: Mapping[date, Session]) -> Ints:
    """Return the instant at which each contract is worth its intrinsic value.

    Parameters
    ----------
    expiry : datetime64[D], shape (n,)
        New York dates.
    at_open : bool, shape (n,)
        Which are AM-settled.
    sessions : mapping of date to Session
        The sessions of these dates; a date without one is taken for a regular day.

    Returns
    -------
    int64, shape (n,)
        The close of the date's session, 13:00 on a half day, and its open for AM-settled ones. [Unix seconds]
    """
    days, which = np.unique(expiry, return_inverse=True)
    found = [sessions.get(day) or make_session(day) for day in days.astype("datetime64[D]").tolist()]
    opens = np.array([session.open_ts for session in found], dtype=np.int64)
    closes = np.array([session.close_ts for session in found], dtype=np.int64)
    return np.where(at_open, opens[which], closes[which])


def years_left(expires: Ints, now_ts: float) -> Floats:
    """Return the time to expiry, ACT/365: at least a minute until the instant, 0 from it on. [years], shape (n,)"""
    seconds = expires - float(now_ts)
    return np.where(seconds > 0, np.maximum(seconds, LEAST_S), 0.0) / YEAR_S


def days_to_expiry(expiry: Days, market_date: date) -> Ints:
    """Return the calendar days from the New York date to each expiry, 0 for past ones, for display and rules."""
    return np.maximum((expiry.astype("datetime64[D]") - np.datetime64(market_date, "D")).astype(np.int64), 0)
