"""How holdings are watched."""

from __future__ import annotations

from config.settings.readers import env_numbers

# Where the exit advisor's rules begin to speak, where it is not where docs/exit-advisor.md says; checked at the start.
ADVICE_THRESHOLDS = env_numbers("ADVICE_THRESHOLDS")
