"""The session with which a demo of the default seed begins."""

from __future__ import annotations

from datetime import date
from typing import Final

# A Monday in a week without holidays. With the default seed the market drives away from its open and turns, and the
# indexes, their funds and the big names leave their opening ranges on volume within the first hour;
# tests/simulation/test_first_session.py counts them.
FIRST_SESSION: Final = date(2026, 2, 9)
