"""The market data of Massive over REST; `docs/massive.md` says what it promises."""
