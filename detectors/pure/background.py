"""What is known of a session's symbols beside their bars: levels, past gaps, gamma profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from market.pure.gaps import GapHistory
from options_engine.pure.gex import GammaProfile


@dataclass(frozen=True, slots=True)
class Background:
    """Facts by symbol; a symbol that is missing has none.

    Attributes
    ----------
    levels : mapping of symbol to mapping of label to price
        What the completed sessions and the pre-market set: PDH, PDL, PDC, PWH, PWL, PMH, PML, PP, R1, R2, S1, S2. They
        stand all session. [USD, or index points]
    gaps : mapping of symbol to GapHistory
        Gaps of the sessions before.
    profiles : mapping of symbol to sequence of GammaProfile
        Gamma profiles of this session, ascending by `as_of_ts`. A bar is judged by the last one that was known at its
        right edge.
    """

    levels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    gaps: Mapping[str, GapHistory] = field(default_factory=dict)
    profiles: Mapping[str, Sequence[GammaProfile]] = field(default_factory=dict)


NOTHING = Background()
