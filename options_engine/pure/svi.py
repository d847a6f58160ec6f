"""One expiry's smile as five numbers: total variance that is a hyperbola in log moneyness, without free butterflies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import least_squares  # type: ignore[import-untyped]  # scipy ships no types
from scipy.special import log_ndtr  # type: ignore[import-untyped]  # scipy ships no types

from market.pure.bars import Floats

# A hyperbola has five numbers; fewer strikes than that and one say nothing of its fit.
LEAST_STRIKES: Final = 6
_LEANS_MOST: Final = 0.999
# No wing may be steeper: beyond, a strike far away would be worth more than a near one (Lee's moment formula).
STEEPEST: Final = 2.0
# How far above 0 the fit is asked to keep the density, so that rounding leaves it there.
_MARGIN: Final = 1e-3
# What a share of the ceiling that a slice is above it weighs, in tolerances: more than a quote, less than arbitrage.
_HELD_DOWN: Final = 30.0
# A bend narrower than this part of the quotes could hide from the grid.
_SHARPEST: Final = 200
_PRESSURES: Final = (30.0, 1e3, 3e4, 1e6)
_STARTS: Final = tuple((centre, bend) for centre in (-2.0, -0.7, 0.0, 0.7) for bend in (0.2, 0.7, 2.0))
_LOG_ROOT_TAU: Final = 0.5 * float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True)
class Svi:
    """Total variance by k, the logarithm of strike over forward.

    w(k) = level + slope (lean (k - centre) + sqrt((k - centre)^2 + bend^2)).
    Source: Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces" (Quantitative Finance 14, 2014), the raw
    parametrisation.
    """

    level: float
    slope: float
    lean: float
    centre: float
    bend: float

    def total_variance(self, k: Floats) -> Floats:
        """Return sigma^2 T at log moneyness k. [1]"""
        away = k - self.centre
        return np.asarray(self.level + self.slope * (self.lean * away + np.hypot(away, self.bend)))

    def density(self, k: Floats) -> Floats:
        """Return the sign-giving factor of the risk-neutral density: below 0 a butterfly has a negative price.

        Notes
        -----
        (1 - k w' / 2w)^2 - w'^2 / 4 (1 / w + 1 / 4) + w'' / 2; 1 for a flat smile. NaN where w is not above 0.
        Source: as the class, on butterfly arbitrage.
        """
        away = k - self.centre
        side = np.hypot(away, self.bend)
        w = self.level + self.slope * (self.lean * away + side)
        first = self.slope * (self.lean + away / side)
        second = self.slope * self.bend**2 / side**3
        safe = np.where(w > 0, w, np.nan)
        return np.asarray((1.0 - 0.5 * k * first / safe) ** 2 - 0.25 * first**2 * (1.0 / safe + 0.25) + 0.5 * second)

    def verticals(self, k: Floats) -> Floats:
        """Return how far call and put spreads are from a negative price: below 0 one has it.

        Notes
        -----
        With s = sqrt(w) and d = -k / s - s / 2, a narrow call spread costs N(d) - n(d) s' of its width, a put spread
        the rest; returned is the smaller over n(d). Prices that are convex in the strike, as `density` says, and are
        right at both ends of a stretch are right all along it. NaN where w is not above 0.
        """
        away = k - self.centre
        side = np.hypot(away, self.bend)
        w = self.level + self.slope * (self.lean * away + side)
        root = np.sqrt(np.where(w > 0, w, np.nan))
        rise = self.slope * (self.lean + away / side) / (2.0 * root)
        d = -k / root - 0.5 * root
        return np.asarray(np.minimum(_mills(d) - rise, _mills(-d) + rise))


def _mills(d: Floats) -> Floats:
    """Return N(d) / n(d), at most e^50: nobody needs to know how much more."""
    return np.asarray(np.exp(np.minimum(log_ndtr(d) + 0.5 * d * d + _LOG_ROOT_TAU, 50.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a slice is fitted to, and what it has to keep to.

    Attributes
    ----------
    k, sigma : float64, shape (n,)
        Log moneyness and volatility of each strike. [1], [1/sqrt(year)]
    tolerance : float64, shape (n,)
        How far off each may be: half its spread in volatility, above 0. [1/sqrt(year)]
    t_years : float
        [years]
    grid : float64, shape (g,)
        Log moneyness at which the slice has to be free of arbitrage, ascending.
    floor : float64, shape (g,)
        Total variance on the grid that it has to reach: that of the expiries before; 0 for the first.
    ceiling : float64, shape (g,)
        Total variance on the grid that it should not exceed where nothing of its own holds it: what later expiries are
        quoted at, inf where none is. A wing that rises steeply beyond its quotes would lift all of them.
    before : Svi, optional
        The slice before.
    """

    k: Floats
    sigma: Floats
    tolerance: Floats
    t_years: float
    grid: Floats
    floor: Floats
    ceiling: Floats
    before: Svi | None = None

    def is_kept_by(self, svi: Svi) -> bool:
        """Say whether no spread has a negative price, and no total variance is below the floor, all over the grid."""
        w = svi.total_variance(self.grid)
        if not ((w > 0).all() and (w >= self.floor).all()):
            return False
        return bool((svi.density(self.grid) >= 0).all() and (svi.verticals(self.grid[[0, -1]]) >= 0).all())


def fit(target: Target) -> Svi | None:
    """Return the slice nearest to the volatilities that is free of arbitrage on the grid; None where none was found.

    Deviations count in tolerances. Where the nearest of all has arbitrage, the pull of the grid is raised until it
    has none.

    Raises
    ------
    ValueError
        With fewer than six strikes.
    """
    if len(target.k) < LEAST_STRIKES:
        raise ValueError(f"{len(target.k)} strikes: expected at least {LEAST_STRIKES}")
    # In units of the move to expiry the same numbers fit a day and two years.
    unit = float(np.median(target.sigma)) * target.t_years**0.5
    kept = [found for start in _starts(target, unit) if (found := _from(start, target, unit))]
    return min(kept, key=lambda svi: _miss(svi, target), default=None)


def _from(start: Floats, target: Target, unit: float) -> Svi | None:
    at, bounds = start, _bounds(target, unit)
    for pressure in _PRESSURES:
        at = least_squares(_off, at, args=(target, unit, pressure), bounds=bounds, max_nfev=200).x
        found = _svi(at, unit)
        if target.is_kept_by(found):
            return found
    return None


def _miss(svi: Svi, target: Target) -> float:
    off = np.sqrt(svi.total_variance(target.k) / target.t_years) - target.sigma
    return float(np.sum((off / target.tolerance) ** 2) + np.sum(_above(svi.total_variance(target.grid), target) ** 2))


def _above(on_grid: Floats, target: Target) -> Floats:
    return np.asarray(_HELD_DOWN * np.maximum(on_grid / target.ceiling - 1.0, 0.0))


def _svi(at: Floats, unit: float) -> Svi:
    level, slope, lean, centre, bend = at.tolist()
    return Svi(level * unit**2, slope * unit, lean, centre * unit, bend * unit)


def _bounds(target: Target, unit: float) -> tuple[list[float], list[float]]:
    low, high = target.k.min() / unit, target.k.max() / unit
    most = STEEPEST / (1.0 + _LEANS_MOST) / unit
    top = float((target.sigma**2).max() * target.t_years / unit**2)
    wide = max(high - low, 1.0)
    return (
        [-top, 0.0, -_LEANS_MOST, low, (high - low) / _SHARPEST],
        [2.0 * top, most, _LEANS_MOST, high, 4.0 * wide],
    )


def _starts(target: Target, unit: float) -> list[Floats]:
    """Return where to begin: the best of a few hyperbolas, and the slice before, raised to these volatilities."""
    low, high = (np.array(each) for each in _bounds(target, unit))
    starts = [_nearest_hyperbola(target, unit, low, high)]
    if target.before is not None:
        before = target.before
        raised = float(np.median(target.sigma**2 * target.t_years / before.total_variance(target.k)))
        level, slope = max(raised, 1.0) * np.array([before.level, before.slope])
        starts.append(np.array([level / unit**2, slope / unit, before.lean, before.centre / unit, before.bend / unit]))
    # The solver wants to begin inside of its bounds.
    return [np.clip(start, low + 1e-9 * (high - low), high - 1e-9 * (high - low)) for start in starts]


def _nearest_hyperbola(target: Target, unit: float, low: Floats, high: Floats) -> Floats:
    """Return the best of those whose centre and bend are given: the rest of each is a linear problem."""
    k, w = target.k / unit, target.sigma**2 * target.t_years / unit**2
    weight = unit**2 / (2.0 * target.sigma * target.t_years * target.tolerance)
    best, least = np.clip([0.5, 0.3, 0.0, 0.0, 0.7], low, high), np.inf
    for centre, bend in _STARTS:
        away = k - centre
        columns = np.stack([np.ones_like(k), away, np.hypot(away, bend)], axis=1)
        level, tilt, slope = np.linalg.lstsq(columns * weight[:, None], w * weight, rcond=None)[0].tolist()
        slope = max(slope, 1e-3)
        lean = float(np.clip(tilt / slope, -0.95, 0.95))
        at = np.clip([level, slope, lean, centre, bend], low, high)
        miss = float(np.sum(((columns @ [at[0], at[1] * at[2], at[1]] - w) * weight) ** 2))
        if miss < least:
            best, least = at, miss
    return np.asarray(best)


def _off(at: Floats, target: Target, unit: float, pressure: float) -> Floats:
    """Return how far the slice is from the volatilities, and how far on the wrong side it is on the grid."""
    svi = _svi(at, unit)
    w = np.maximum(svi.total_variance(target.k), 1e-9 * unit**2)
    off = (np.sqrt(w / target.t_years) - target.sigma) / target.tolerance
    floor = np.maximum(target.floor, 1e-4 * unit**2)
    on_grid = svi.total_variance(target.grid)
    # As a share of the floor: far out variances are many times those at the money.
    below = np.maximum(1.0 + _MARGIN - on_grid / floor, 0.0)
    density = np.nan_to_num(svi.density(target.grid), nan=0.0)
    prices = np.concatenate([density, np.nan_to_num(svi.verticals(target.grid[[0, -1]]), nan=0.0)])
    above = _above(on_grid, target)
    return np.concatenate([off, above, pressure * below, pressure * np.maximum(_MARGIN - prices, 0.0)])
