"""Who the trader is: sign-in, tokens, tiers and allowances, preferences (docs/accounts.md)."""
