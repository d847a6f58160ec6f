"""Wire values in a trader's words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from coach.pure import words
from detectors.models import Outcome, Status
from detectors.models.tracked_setup import Direction
from detectors.pure import plans


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        ("orb_breakout", "ORB breakout"),
        ("vwap_bounce", "VWAP bounce"),
        ("spx_opening_drive", "SPX opening drive"),
        ("break_retest", "Break and retest"),
        ("vwap_deviation", "VWAP deviation"),
        ("ndx_opening_drive", "NDX opening drive"),
        ("level_test", "Level test"),
        ("gamma_squeeze", "Gamma squeeze"),
        ("something new", "Something new"),
        ("", "Setup"),
    ],
)
def test_setup_types_read_as_words(wire: str, text: str) -> None:
    assert words.setup_name(wire) == text


@pytest.mark.parametrize(
    ("types", "text"),
    [
        ([], ""),
        (["gap_fill"], "gap fill"),
        (["vwap_cross", "level_test"], "VWAP cross and level test"),
        (["vwap_cross", "gap_fill", "level_test"], "VWAP cross, gap fill and level test"),
    ],
)
def test_setups_stand_together_in_a_sentence(types: list[str], text: str) -> None:
    assert words.setup_list(types) == text


@pytest.mark.parametrize(
    ("with_it", "against", "text"),
    [
        ([], [], ""),
        (["vwap_cross"], [], "Together with VWAP cross"),
        ([], ["gap_fill"], "Against gap fill"),
        (["orb_breakout"], ["gap_fill"], "Together with ORB breakout, against gap fill"),
    ],
)
def test_the_company_of_a_detection_is_one_phrase(with_it: list[str], against: list[str], text: str) -> None:
    assert words.company(with_it, against) == text


@pytest.mark.parametrize("status", Status.values)
def test_every_status_has_a_word_and_a_shape(status: str) -> None:
    assert words.status(status).text != "Unknown"
    assert words.status(status).shape


def test_a_triggered_setup_has_hit_its_target() -> None:
    assert words.status("triggered").text == "Target hit"
    assert words.status("invalidated").text == "Stopped"


@pytest.mark.parametrize("direction", [*Direction.values, "long", "short"])
def test_every_direction_has_a_word(direction: str) -> None:
    assert words.direction(direction).text in ("Bullish", "Bearish", "Neutral")


@pytest.mark.parametrize("outcome", Outcome.values)
def test_every_outcome_has_a_word(outcome: str) -> None:
    assert outcome in words.OUTCOMES


def test_states_that_mean_opposite_things_differ_by_shape_not_only_by_colour() -> None:
    assert words.sign(1.0).shape != words.sign(-1.0).shape != words.sign(0.0).shape
    assert words.direction("bullish").shape != words.direction("bearish").shape


def test_a_status_never_wears_the_triangle_of_a_direction() -> None:
    shapes = {words.status(status).shape for status in Status.values}

    assert len(shapes) == len(Status.values)
    assert shapes.isdisjoint({words.UP, words.DOWN})


def test_levels_are_spelled_out() -> None:
    assert (words.level("PDH"), words.level("R2"), words.level("XYZ")) == ("prior day high", "resistance 2", "")


def test_an_unknown_status_is_shown_as_unknown() -> None:
    assert words.status("frozen").text == "Unknown"


@pytest.mark.parametrize(
    "reason",
    [
        *("late", "no_plan", "plan_rejected", "target_out_of_reach", "not_followed", "muted"),
        *("below_min_confidence", "other_period", "budget", "throttled", "not_tracked"),
    ],
)
def test_every_reason_for_holding_back_is_explained(reason: str) -> None:
    assert reason in words.HELD_BACK


def test_every_reason_has_its_few_words_for_the_filter() -> None:
    assert words.HELD_BACK_SHORT.keys() == words.HELD_BACK.keys()


def test_a_new_reason_is_printed_with_its_own_words() -> None:
    assert words.held_back("moon_phase") == "moon phase"
    assert words.held_back_short("moon_phase") == "Moon phase"


@pytest.mark.parametrize("module", sorted(Path(plans.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_every_trigger_that_a_detector_names_is_explained(module: Path) -> None:
    named = [node.value for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.keyword)
             and node.arg == "trigger"]  # fmt: skip
    codes = {leaf.value for value in named for leaf in ast.walk(value) if isinstance(leaf, ast.Constant)}

    assert {code for code in codes if isinstance(code, str) and "_" in code} <= words.TRIGGERS.keys()


def test_a_new_trigger_or_refusal_is_printed_with_its_own_words() -> None:
    assert words.trigger("moon_rises") == "moon rises"
    assert words.rejected("no_moon") == "no moon"


@pytest.mark.parametrize(
    "reason",
    [
        *("price_not_positive", "stop_not_beyond_entry", "target_not_beyond_entry", "reward_below_risk"),
        "target_out_of_reach",
    ],
)
def test_every_refusal_of_a_plan_is_explained(reason: str) -> None:
    assert reason in words.REJECTED


@pytest.mark.parametrize(
    ("hour", "name", "text"),
    [
        (4, "Ana", "Good morning, Ana"),
        (11, "Ana", "Good morning, Ana"),
        (12, "Ana", "Good afternoon, Ana"),
        (16, "Ana", "Good afternoon, Ana"),
        (17, "Ana", "Good evening, Ana"),
        (23, "", "Good evening"),
    ],
)
def test_the_greeting_follows_the_hour_in_new_york(hour: int, name: str, text: str) -> None:
    assert words.greeting(hour, name) == text


@pytest.mark.parametrize(
    ("symbol", "setup_type", "name"),
    [
        ("TSLA", "vwap_cross", "TSLA VWAP cross"),
        ("SPY", "gap_fill", "SPY gap fill"),
        ("SPX", "spx_opening_drive", "SPX opening drive"),
        ("NDX", "spx_opening_drive", "NDX SPX opening drive"),
    ],
)
def test_a_setup_is_named_with_its_symbol_once(symbol: str, setup_type: str, name: str) -> None:
    assert words.setup_of(symbol, setup_type) == name
