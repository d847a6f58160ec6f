"""When jobs are due and when they are late: no database, no clock."""
