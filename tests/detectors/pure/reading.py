"""What one detector says of a panel, without the others."""

from __future__ import annotations

from collections import Counter

from detectors.pure import tape
from detectors.pure.background import NOTHING, Background
from detectors.pure.detection import Abstention, Detection
from detectors.pure.engine import Find
from market.pure.panel import Panel
from tests.detectors.sessions import CLOSE_TS


def said(
    find: Find, panel: Panel, *, background: Background = NOTHING, close_ts: int = CLOSE_TS
) -> tuple[list[Detection], Counter[str]]:
    """Return a detector's descriptions in the order of time, and how many symbols it abstained from, by reason."""
    seen = list(find(tape.read(panel, close_ts, background)))
    abstained = {each for each in seen if isinstance(each, Abstention)}
    found = [each.describe() for each in seen if not isinstance(each, Abstention)]
    return sorted(found, key=lambda each: (each.bar_ts, each.key)), Counter(each.reason for each in abstained)
