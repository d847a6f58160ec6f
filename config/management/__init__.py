"""Commands that wire several rooms."""
