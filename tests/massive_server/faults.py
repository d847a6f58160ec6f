"""What is wrong with the server at the moment: kinds of trouble, and how often each still strikes which paths."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.massive_server import broken_payloads
from tests.massive_server.message import Answer

HTML = "text/html"
BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
ALPHA_VANTAGE = {
    "av_note": {"Note": "Thank you for using Alpha Vantage! Please visit our premium page for more calls."},
    "av_information": {"Information": "The standard rate limit is 25 requests per day."},
    "av_error": {"Error Message": "the parameter apikey is invalid or missing."},
}
# Trouble in the answer's bytes or their way; `app` brings it about.
ON_THE_WIRE = ("delay", "hang", "reset", "truncated", "wrong_type", "stale")
REFUSALS = {
    "429": Answer(429, {"status": "ERROR", "error": "You've exceeded the maximum requests per minute."}),
    "429_empty": Answer(429, content=b""),
    "401": Answer(401, {"status": "ERROR", "error": "Unknown API Key"}),
    "403": Answer(403, {"status": "NOT_AUTHORIZED", "message": "You are not entitled to this data."}),
    "404": Answer(404, {"status": "NOT_FOUND", "message": "Not found."}),
    "500": Answer(500, {"status": "ERROR", "error": "Internal server error"}),
    "502": Answer(502, content=BAD_GATEWAY, content_type=HTML),
}
KINDS = (*REFUSALS, *ALPHA_VANTAGE, *ON_THE_WIRE, *broken_payloads.BREAKS)


@dataclass
class Fault:
    """One kind of trouble.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    path : str
        A regular expression that is looked for in the path.
    times : int or None
        How often it still strikes; None until it is taken away.
    probability : float
        Of striking a call that fits. [1]
    facts : dict
        `retry_after` [s] of a 429, `seconds` of a delay or of stale stamps, `fields` that are missing or no number.
    """

    kind: str
    path: str = ""
    times: int | None = None
    probability: float = 1.0
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind={self.kind!r}: expected one of {', '.join(KINDS)}")
        if not 0 < self.probability <= 1:
            raise ValueError(f"probability={self.probability}: expected more than 0 and at most 1")
        re.compile(self.path)

    def refusal(self) -> Answer | None:
        """Return what is said instead of an answer; None of trouble that leaves one."""
        if self.kind in ALPHA_VANTAGE:
            return Answer(200, ALPHA_VANTAGE[self.kind])
        said = REFUSALS.get(self.kind)
        after = self.facts.get("retry_after")
        return said if said is None or after is None else replace(said, headers={"Retry-After": str(after)})


class FaultBook:
    """The faults that are switched on; the same seed strikes the same calls."""

    def __init__(self, seed: int) -> None:
        self._faults: list[Fault] = []
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._faults.clear()

    def strike(self, path: str) -> Sequence[Fault]:
        """Return the faults that strike a call, each counted."""
        with self._lock:
            struck = [fault for fault in self._faults if re.search(fault.path, path) and self._falls(fault)]
            for fault in struck:
                if fault.times is not None:
                    fault.times -= 1
            self._faults = [fault for fault in self._faults if fault.times is None or fault.times > 0]
            return struck

    def _falls(self, fault: Fault) -> bool:
        return fault.probability >= 1 or self._random.random() < fault.probability
