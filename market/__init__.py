"""What the market is doing: clock, calendar, symbols, watchlists, vendors, feed, bars. See docs/market.md."""
