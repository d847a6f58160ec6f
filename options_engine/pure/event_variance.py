"""What of an expiry's variance belongs to one announced event, and what a straddle is worth once that is over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from options_engine.pure import black_scholes

Absence = Literal["unknown_volatility", "one_expiry", "no_event_premium", "negative_base"]
# Mean of the absolute value of a normal number with standard deviation 1.
MEAN_ABSOLUTE: Final = math.sqrt(2.0 / math.pi)
# Where all the variance is the event's nothing is left, and formulas want a number above 0. [1/sqrt(year)]
_LEAST_SIGMA: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Split:
    """Ordinary variance and that of one event.

    Attributes
    ----------
    base : float
        Variance rate of ordinary days. [1/year]
    event : float
        Variance that the event adds to every expiry that lives through it, above 0. [1]
    """

    base: float
    event: float

    @property
    def base_sigma(self) -> float:
        """The volatility of ordinary days, 0.20 for 20 %. [1/sqrt(year)]"""
        return math.sqrt(self.base)

    @property
    def event_move(self) -> float:
        """The event's standard deviation, 0.06 for 6 % of the price. [1]"""
        return math.sqrt(self.event)

    @property
    def expected_absolute_move(self) -> float:
        """How far the event moves the price on average, either way. [1]"""
        return MEAN_ABSOLUTE * self.event_move

    def sigma_after(self, sigma: float, t_years: float) -> float:
        """Return the volatility of an expiry once the event is over.

        Parameters
        ----------
        sigma, t_years : float
            Of an expiry that lives through the event, at the money, today. [1/sqrt(year)], [years]

        Returns
        -------
        float
            sqrt((sigma^2 t - event) / t); NaN where the expiry holds less variance than the event.
        """
        left = sigma * sigma * t_years - self.event
        return math.sqrt(left / t_years) if left >= 0 else math.nan


def split(near_sigma: float, near_years: float, far_sigma: float, far_years: float) -> Split | Absence:
    """Return what the first two expiries that live through an event say of it, or why they say nothing.

    Parameters
    ----------
    near_sigma, far_sigma : float
        Volatility at the money. [1/sqrt(year)]
    near_years, far_years : float
        Time to expiry, ACT/365. [years]

    Returns
    -------
    Split or str
        `unknown_volatility` where a volatility is not known, `negative_base` where the far expiry holds less variance
        than the near one, `no_event_premium` where the near one holds no more than ordinary days give it.

    Raises
    ------
    ValueError
        If the times are not above 0 and ascending.

    Notes
    -----
    Total variances are near = base T1 + event and far = base T2 + event: ordinary days alike, one event in both.
    Source: specification of the options engine, section 11; Dubinsky, Johannes, Kaeck and Seeger, "Option Pricing of
    Earnings Announcement Risks" (Review of Financial Studies 32, 2019), which tells the two apart by option prices.
    """
    if not 0 < near_years < far_years:
        raise ValueError(f"{near_years:g} and {far_years:g} years: expected two times above 0, ascending")
    near, far = near_sigma * near_sigma * near_years, far_sigma * far_sigma * far_years
    if not (math.isfinite(near) and math.isfinite(far)):
        return "unknown_volatility"
    base = (far - near) / (far_years - near_years)
    if base < 0:
        return "negative_base"
    event = near - base * near_years
    return Split(base, event) if event > 0 else "no_event_premium"


@dataclass(frozen=True, slots=True)
class Crush:
    """One expiry before and after an event, at the money and at an unchanged spot.

    Attributes
    ----------
    sigma, sigma_after : float
        [1/sqrt(year)]
    straddle, straddle_after : float
        Of one share. [USD]
    """

    sigma: float
    sigma_after: float
    straddle: float
    straddle_after: float

    @property
    def drop(self) -> float:
        """What the volatility loses. [1/sqrt(year)]"""
        return self.sigma - self.sigma_after

    @property
    def drop_share(self) -> float:
        """What share of itself the volatility loses. [1]"""
        return self.drop / self.sigma

    @property
    def straddle_loss(self) -> float:
        """What a straddle bought before is worth less. [USD]"""
        return self.straddle - self.straddle_after


@dataclass(frozen=True, slots=True)
class AtTheMoney:
    """One expiry at the money.

    Attributes
    ----------
    spot, strike : float
        [USD]
    sigma : float
        [1/sqrt(year)]
    t_years : float
        ACT/365. [years]
    rate, dividend : float
        Continuously compounded. [1/year]
    """

    spot: float
    strike: float
    sigma: float
    t_years: float
    rate: float
    dividend: float = 0.0

    def straddle(self, sigma: float, t_years: float) -> float:
        """Return what call and put are worth together at another volatility and time to go, European. [USD]"""
        legs = black_scholes.value(
            self.spot,
            self.strike,
            t_years,
            max(sigma, _LEAST_SIGMA),
            np.array([True, False]),
            rate=self.rate,
            dividend=self.dividend,
        )
        return float(legs.price.sum())


def crush(expiry: AtTheMoney, event: Split, years_after: float) -> Crush | None:
    """Return what an expiry's volatility and straddle are worth at the first open after the event.

    Parameters
    ----------
    expiry : AtTheMoney
        Of today, living through the event.
    event : Split
    years_after : float
        Its time to expiry at that open. [years]

    Returns
    -------
    Crush or None
        None where the expiry holds less variance than the event.

    Notes
    -----
    The straddle is priced anew, which a share of today's price is not: half of what it loses here is time and
    curvature.
    """
    sigma_after = event.sigma_after(expiry.sigma, expiry.t_years)
    if math.isnan(sigma_after):
        return None
    return Crush(
        sigma=expiry.sigma,
        sigma_after=sigma_after,
        straddle=expiry.straddle(expiry.sigma, expiry.t_years),
        straddle_after=expiry.straddle(sigma_after, years_after),
    )


def curve(expiry: AtTheMoney, shares: tuple[float, ...], years_after: float) -> list[float]:
    """Return what the straddle is worth at that open if the volatility lost these shares of itself. [USD]"""
    return [expiry.straddle(expiry.sigma * (1.0 - share), years_after) for share in shares]
