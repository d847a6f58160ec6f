"""Reports of companies: dates, what options expect of them, and what past ones did (docs/options-api.md)."""
