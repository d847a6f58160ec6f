"""Which market the coach watches."""

from __future__ import annotations

from config.settings.environment import MARKET_PROVIDER
from config.settings.readers import env_choice, env_date, env_int, env_text, env_url

MARKET_VENDORS = {
    "massive": "market.vendors.massive.vendor.MassiveVendor",
    "replay": "market.vendors.replay.ReplayVendor",
    "simulated": "simulation.vendor.SimulatedVendor",
}
# Without a key the provider massive starts all the same, and every call says why it cannot be made.
MARKET_PROVIDER_API_KEY = env_text("MARKET_PROVIDER_API_KEY")
MARKET_PROVIDER_BASE_URL = env_url(
    "MARKET_PROVIDER_BASE_URL", "https://api.massive.com", schemes=("https", "http")
).rstrip("/")
# Calls of all processes together in a second, and in a minute where the plan counts those, else 0.
MARKET_PROVIDER_RPS = env_int("MARKET_PROVIDER_RPS", default=50, least=1)
MARKET_PROVIDER_RPM = env_int("MARKET_PROVIDER_RPM", default=0)
# A folder that every raw answer is written to, and one that answers instead of the network.
MARKET_PROVIDER_RECORD = env_text("MARKET_PROVIDER_RECORD")
MARKET_PROVIDER_RECORDED = env_text("MARKET_PROVIDER_RECORDED")
ALPHA_VANTAGE_API_KEY = env_text("ALPHA_VANTAGE_API_KEY")
ALPHA_VANTAGE_BASE_URL = env_url(
    "ALPHA_VANTAGE_BASE_URL", "https://www.alphavantage.co", schemes=("https", "http")
).rstrip("/")
REPLAY_PATH = env_text("REPLAY_PATH")
REPLAY_CHAINS = env_text("REPLAY_CHAINS")
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
    "replay": f"replay of {REPLAY_PATH}" + (f" with the chains of {REPLAY_CHAINS}" if REPLAY_CHAINS else ""),
    "simulated": f"simulated from seed {SIMULATION_SEED}",
}.get(MARKET_PROVIDER, MARKET_PROVIDER)
