"""The HTTP answers of the detectors room."""
