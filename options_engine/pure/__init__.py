"""Option arithmetic over arrays: knows numpy, not Django."""
