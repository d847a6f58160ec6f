"""The risk-free rate to any day, from the yields of treasury bills and bonds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from market.pure.bars import Floats
from options_engine.pure.black_scholes import DAYS_A_YEAR
from options_engine.pure.inputs import finite

# Calendar days to each tenor that is published.
TENOR_DAYS: Final = {
    **{f"{months}_month": round(DAYS_A_YEAR * months / 12) for months in (1, 2, 3, 4, 6)},
    **{f"{years}_year": round(DAYS_A_YEAR * years) for years in (1, 2, 3, 5, 7, 10, 20, 30)},
}


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Continuously compounded rates by days, shape (n,), days ascending, n at least 1."""

    days: Floats
    rate: Floats

    @classmethod
    def of_par_yields(cls, yields: dict[str, float | None]) -> Self | None:
        """Return the curve of par yields, or None where no tenor is known.

        Parameters
        ----------
        yields : dict
            From a tenor of `TENOR_DAYS` to its yield, compounded twice a year, 0.043 for 4.3 %; None or NaN where none
            was published that day. [1/year]

        Raises
        ------
        KeyError
            If a tenor is not in the table.
        ValueError
            If a yield is infinite, or below -100 %.
        """
        told = {TENOR_DAYS[tenor]: each for tenor, each in yields.items() if each is not None}
        known = {days: each for days, each in told.items() if not np.isnan(each)}
        if not known:
            return None
        days = sorted(known)
        par = finite("yield", np.array([known[day] for day in days]))
        if (par <= -1.0).any():
            raise ValueError(f"yield={float(par.min()):g}: expected a decimal, 0.043 for 4.3 %")
        return cls(days=np.array(days, dtype=np.float64), rate=continuous(par))

    @classmethod
    def of_tenors(cls, percents: dict[float, float]) -> Self | None:
        """Return the curve of par yields by their tenor, or None where no tenor is known.

        Parameters
        ----------
        percents : dict
            From a tenor in years to its yield, compounded twice a year, 4.3 for 4.3 %; NaN is left out.
        """
        known = sorted((years, each) for years, each in percents.items() if not np.isnan(each))
        if not known:
            return None
        years, told = np.array(known, dtype=np.float64).T
        return cls(days=DAYS_A_YEAR * years, rate=continuous(finite("yield", told) / 100.0))

    def to(self, days: float | Floats) -> Floats:
        """Return the rate to each number of days: linear between tenors, flat outside of them. [1/year]"""
        return np.asarray(np.interp(days, self.days, self.rate))


def continuous(par_yield: float | Floats) -> Floats:
    """Return the continuously compounded rate of a yield that is compounded twice a year. [1/year]"""
    return 2.0 * np.log1p(0.5 * np.asarray(par_yield, dtype=np.float64))
