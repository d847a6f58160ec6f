"""The tabs of the rail: plain data, one row a panel that exists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """One panel in the rail and in the tools sheet.

    Attributes
    ----------
    key : str
        The panel's name in addresses, hooks and the icon sprite.
    url_name : str
        Name of its address.
    letter : str
        Pressed after `g`, it opens the panel.
    """

    key: str
    label: str
    url_name: str
    letter: str


@dataclass(frozen=True, slots=True)
class Group:
    """Tabs under one visible name; an empty name prints none."""

    name: str
    tabs: tuple[Tab, ...]


RAIL = (
    Group("", (Tab("home", "Home", "coach:home", "h"),)),
    Group(
        "Analyze",
        (
            Tab("chart", "Chart", "coach:chart", "c"),
            Tab("options", "Options", "coach:options", "o"),
            Tab("heatmap", "Heatmap", "coach:heatmap", "m"),
            Tab("positions", "Positions", "coach:positions", "b"),
            Tab("scanner", "Scanner", "coach:scanner", "s"),
        ),
    ),
    Group(
        "Research",
        (Tab("leaps", "LEAPS", "coach:leaps", "l"), Tab("earnings", "Earnings", "coach:earnings", "e")),
    ),
    Group("Portfolio", (Tab("tracked", "Tracked", "coach:tracked", "t"),)),
    Group("", (Tab("settings", "Settings", "coach:settings", "p"),)),
)
