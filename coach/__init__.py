"""What talks to the trader: pages."""
