"""The page that tells people of the rules says what the rules read."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from positions.pure.rules import RULES
from positions.pure.thresholds import Thresholds, texts

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "exit-advisor.md").read_text(encoding="utf-8")


def test_every_threshold_stands_there_with_its_default() -> None:
    told: dict[str, set[float]] = {}
    for name, number in re.findall(r"`([a-z_]+)` (-?[0-9.]+)", PAGE):
        told.setdefault(name, set()).add(float(number.rstrip(".")))

    expected = {each.name: {getattr(Thresholds(), each.name)} for each in fields(Thresholds) if each.name != "slack"}
    assert {name: numbers for name, numbers in told.items() if name in expected} == expected
    assert set(texts()) == set(expected)


def test_every_rule_stands_there_with_its_number() -> None:
    told = {(int(number), name) for number, name in re.findall(r"^\| (\d+) \| `([a-z_]+)` \|", PAGE, re.MULTILINE)}

    assert told == {(rule.number, rule.name) for rule in RULES}
