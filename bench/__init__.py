"""Speed and scale, measured beside a baseline in the same run; see docs/benchmarks.md."""
