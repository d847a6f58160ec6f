"""`manage.py replay`: what it refuses at once, and what it hands to the launcher."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.market.recorded_chains import TABLE

FRIDAY = datetime(2026, 2, 6, 14, 30, tzinfo=UTC)


def write(path: Path, *, minutes: int = 1) -> None:
    stamps = [FRIDAY + timedelta(minutes=minutes * n) for n in range(5)]
    prices = [100.0] * len(stamps)
    columns = dict.fromkeys(("open", "high", "low", "close", "volume"), prices)
    pd.DataFrame({"ts": stamps, **columns}).to_parquet(path)


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """What the launcher would have been started with."""
    seen: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _path, command, environment: seen.append((command, environment)))
    monkeypatch.setattr(os, "chdir", lambda _path: None)
    return seen


def test_a_recorded_day_is_handed_to_the_launcher(
    tmp_path: Path, handed: list[tuple[list[str], dict[str, str]]]
) -> None:
    write(tmp_path / "SPY.parquet")

    call_command("replay", str(tmp_path), "--date", "2026-02-06", "--speed", "60", "--reset")

    [(command, environment)] = handed
    assert command[-1] == "--reset"
    wanted = {"MARKET_PROVIDER": "replay", "REPLAY_PATH": str(tmp_path), "REPLAY_STAMP": "start", "PORT": "8010"}
    assert wanted.items() <= environment.items()
    assert (environment["REPLAY_DATE"], environment["REPLAY_SPEED"]) == ("2026-02-06", "60")


def test_what_is_not_asked_for_is_left_as_it_was(
    tmp_path: Path, handed: list[tuple[list[str], dict[str, str]]]
) -> None:
    write(tmp_path / "SPY.parquet")

    call_command("replay", str(tmp_path))

    assert (handed[0][1]["REPLAY_DATE"], handed[0][1]["REPLAY_SPEED"]) == ("", "")


def test_each_folder_and_stamp_has_a_store_of_its_own(
    tmp_path: Path, handed: list[tuple[list[str], dict[str, str]]]
) -> None:
    write(tmp_path / "SPY.parquet")

    for stamp in ("start", "end", "start"):
        call_command("replay", str(tmp_path), "--stamp", stamp)

    first, other, again = (environment["COACH_STORE"] for _, environment in handed)
    assert first == again != other


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--date", "2026-02-07"), "no minute bars of 2026-02-07 in .*: there are 2026-02-06 to 2026-02-06"),
        (("--date", "today"), "'today': expected a date such as 2026-02-04"),
        (("--speed", "0"), "--speed 0: expected 1 or more"),
    ],
)
def test_what_cannot_be_played_is_told_at_once(
    tmp_path: Path, handed: list[object], arguments: tuple[str, ...], sentence: str
) -> None:
    write(tmp_path / "SPY.parquet")

    with pytest.raises(CommandError, match=sentence):
        call_command("replay", str(tmp_path), *arguments)

    assert handed == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, handed: list[object]) -> None:
    with pytest.raises(CommandError, match="nowhere is no folder"):
        call_command("replay", str(tmp_path / "nowhere"))


def test_a_folder_without_bars_is_named(tmp_path: Path, handed: list[object]) -> None:
    (tmp_path / "notes.txt").write_text("nothing")

    with pytest.raises(CommandError, match="holds no minute bars"):
        call_command("replay", str(tmp_path))


def test_other_tables_are_named(tmp_path: Path, handed: list[object]) -> None:
    pd.DataFrame({"strike": [1.0]}).to_parquet(tmp_path / "SPY.parquet")

    with pytest.raises(CommandError, match=r"SPY\.parquet: expected columns"):
        call_command("replay", str(tmp_path))


def test_bars_of_five_minutes_are_not_played_as_minutes(tmp_path: Path, handed: list[object]) -> None:
    write(tmp_path / "SPY.parquet", minutes=5)

    with pytest.raises(CommandError, match="expected 1-minute bars, found steps of 300 s"):
        call_command("replay", str(tmp_path))


def test_chains_are_played_with_bars_or_without(tmp_path: Path, handed: list[tuple[list[str], dict[str, str]]]) -> None:
    bars, chains = tmp_path / "bars", tmp_path / "chains"
    bars.mkdir()
    chains.mkdir()
    write(bars / "SPY.parquet")
    (chains / "spx_quotedata.csv").write_text(TABLE)

    call_command("replay", "--chains", str(chains), "--date", "2023-06-09")
    call_command("replay", str(bars), "--chains", str(chains))
    call_command("replay", str(bars))

    folders = [(environment["REPLAY_PATH"], environment["REPLAY_CHAINS"]) for _, environment in handed]
    assert folders == [("", str(chains)), (str(bars), str(chains)), (str(bars), "")]
    assert len({environment["COACH_STORE"] for _, environment in handed}) == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name a folder of minute bars, one of option chains with --chains, or both"),
        (("--chains", "nowhere"), "nowhere is no folder: name the one that holds the option chains"),
        (("--chains", "."), "holds no option chains: expected files such as"),
    ],
)
def test_chains_that_cannot_be_played_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handed: list[object], arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "SPX.csv").write_text("a,b")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CommandError, match=sentence):
        call_command("replay", *arguments)

    assert handed == []


def test_a_day_without_chains_is_named(tmp_path: Path, handed: list[object]) -> None:
    (tmp_path / "SPX.csv").write_text(TABLE)

    with pytest.raises(CommandError, match=r"no option chains of 2023-06-08 in .*: there are 2023-06-09 to 2023-06-09"):
        call_command("replay", "--chains", str(tmp_path), "--date", "2023-06-08")

    assert handed == []
