"""Pictures of setups: sessions, cases and drawing, for docs/gallery."""
