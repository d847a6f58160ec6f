"""A local server that speaks the wire format of the vendor `massive`, and of Alpha Vantage, from our made-up market.

Tests run it in a thread (`serving.serving()`) or as a process (`python -m tests.massive_server`). Its numbers are
those of `simulation.vendor.SimulatedVendor` with the same seed: a test that asks that vendor knows every answer. The
wire is that of the paper `spec/market-data-provider.md`. The product never imports this package.
"""
