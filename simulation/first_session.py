"""The session with which a demo of the default seed begins."""

from __future__ import annotations

from datetime import date
from typing import Final

# A Wednesday in a week without holidays. With the default seed several indexes, funds and big names leave their opening
# ranges on volume within the first hour, and by the close some of those setups have reached their target and some their
# stop; tests/simulation/test_first_session.py counts them.
FIRST_SESSION: Final = date(2026, 1, 7)
