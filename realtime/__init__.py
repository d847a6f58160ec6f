"""What users must hear: the event log, the socket that follows it, and live prices. See docs/realtime.md."""
