"""Option numbers over HTTP (docs/options-api.md)."""
