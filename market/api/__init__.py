"""The HTTP answers of the market room."""
