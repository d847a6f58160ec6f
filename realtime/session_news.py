"""The `status` frame of now, and whether it has become another."""

from __future__ import annotations

from market import clock
from realtime.messages import Status


class SessionNews:
    """Where the session stands.

    Attributes
    ----------
    text : str
        The frame of the last look; empty before the first.
    """

    def __init__(self) -> None:
        self.text = ""
        self._phase: tuple[object, ...] = ()

    def look(self) -> bool:
        """Look at the clock; True when a frame is due: the phase has changed, or a market minute has passed."""
        now = clock.now()
        state = clock.state().as_wire()
        phase = (state["status"], state["session"], now.replace(second=0, microsecond=0))
        if phase == self._phase:
            return False
        self._phase, self.text = phase, Status(state=state).text()
        return True
