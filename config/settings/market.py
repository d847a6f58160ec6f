"""Which market the coach watches."""

from __future__ import annotations

from config.settings.environment import MARKET_PROVIDER
from config.settings.readers import env_choice, env_date, env_int, env_text

MARKET_VENDORS = {
    "replay": "market.vendors.replay.ReplayVendor",
    "simulated": "simulation.vendor.SimulatedVendor",
}
REPLAY_PATH = env_text("REPLAY_PATH")
REPLAY_STAMP = env_choice("REPLAY_STAMP", ("start", "end"), "start")
SIMULATION_SEED = env_int("SIMULATION_SEED", default=20260209)
# Named, not imported: the simulated market is known to settings alone.
SIMULATION_FIRST_SESSION = "simulation.first_session.FIRST_SESSION"
REPLAY_DATE = env_date("REPLAY_DATE")
# Market seconds a wall second; 0 means not asked for: a clock that has been set keeps its speed, a new one runs at 30.
SIMULATION_SPEED = env_int("SIMULATION_SPEED", default=0)
REPLAY_SPEED = env_int("REPLAY_SPEED", default=0)
# Whose data a store or a database holds: two recordings, or two made-up markets, are as different as two vendors.
MARKET_SOURCE = {
    "replay": f"replay of {REPLAY_PATH}",
    "simulated": f"simulated from seed {SIMULATION_SEED}",
}.get(MARKET_PROVIDER, MARKET_PROVIDER)
