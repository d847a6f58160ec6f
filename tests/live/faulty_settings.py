"""The product's settings with a made-up market into which tests can put trouble."""

from config.settings import *  # noqa: F403 -- all of them
from config.settings import MARKET_VENDORS as _VENDORS

MARKET_VENDORS = {**_VENDORS, "simulated": "tests.live.faulty_market.FaultyMarket"}
