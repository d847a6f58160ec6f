"""Management of the schedule and of replays."""
