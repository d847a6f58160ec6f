from __future__ import annotations

import datetime as dt
from uuid import UUID

from detectors.pure.detection import Key
from detectors.pure.identity import detection_id, tracked_id, tracked_prefix

KEY = Key("SPY", "orb_breakout", "long", "15:long", 1)
DAY = dt.date(2026, 2, 9)
USER = UUID("3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44")


def identify(key: Key = KEY, *, session_date: dt.date = DAY, ruleset: str = "rs1", source: str = "engine") -> UUID:
    return detection_id(key, session_date=session_date, ruleset=ruleset, source=source)


def test_the_id_of_a_detection_never_changes() -> None:
    assert identify() == identify()
    assert identify().version == 5
    # Written down: stored rows and sent events carry it.
    assert str(identify()) == "97286769-5586-506a-8918-28449e9acc17"


def test_every_part_of_the_key_makes_another_id() -> None:
    others = [
        identify(KEY._replace(symbol="QQQ")),
        identify(KEY._replace(setup_type="gap_fill")),
        identify(KEY._replace(direction="short")),
        identify(KEY._replace(fingerprint="30:long")),
        identify(KEY._replace(occurrence=2)),
        identify(session_date=dt.date(2026, 2, 10)),
        identify(ruleset="rs2"),
        identify(source="backtest"),
    ]

    assert len({identify(), *others}) == 9


def test_the_id_of_a_tracked_setup_follows_from_detection_and_trader() -> None:
    own = tracked_id(identify(), USER)

    assert own.version == 8
    assert own.variant == "specified in RFC 4122"
    assert own.hex.startswith(tracked_prefix(identify()))
    assert own != tracked_id(identify(), UUID(int=USER.int + 1))
    assert own != tracked_id(identify(KEY._replace(occurrence=2)), USER)
